"""Letters to those who owe an answer."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from mail.errors import MessageRejected
from models.wait import RecordReply, WaitResult
from tests.workflows.fakes import LETTER, SUBJECT
from tests.workflows.story import ALICE, BOB, Story, update
from workflows.waiting import Waiting

pytestmark = pytest.mark.asyncio(loop_scope="session")


def addressees(story: Story) -> list[list[str]]:
    """Whom each letter went to."""
    return [[one.address for one in delivery.letter.everybody] for delivery in story.outbox.deliveries]


async def test_reminders_go_out_at_their_time_to_those_who_owe_an_answer(story: Story) -> None:
    """In the thread of the letter, each with its own words."""
    reminders = [{"after_minutes": 40, "content": "Last call."}, {"after_minutes": 20, "content": "Please answer."}]
    begun = await story.now()
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, reminders=reminders, email_date=begun)
    await story.after(minutes=30)
    await story.answer(wait, ALICE)
    await wait.result()
    letters = [delivery.letter for delivery in story.outbox.deliveries]
    assert addressees(story) == [[ALICE, BOB], [BOB]]
    assert [letter.content.text for letter in letters if letter.content] == ["Please answer.", "Last call."]
    assert [(letter.date - begun) // timedelta(minutes=1) for letter in letters] == [20, 40]
    assert {(letter.in_reply_to, letter.references, letter.subject) for letter in letters} == {
        (LETTER, (LETTER,), f"Re: {SUBJECT}")
    }


async def test_each_reminder_is_a_letter_of_its_own(story: Story) -> None:
    """Answers to any of them are answers to the first."""
    reminders = [{"after_minutes": 20, "content": "One."}, {"after_minutes": 40, "content": "Two."}]
    wait = await story.wait(ALICE, reminders=reminders)
    await story.after(minutes=50)
    await story.answer(wait, ALICE)
    await wait.result()
    (read,) = story.mailbox.reads
    assert len(set(read.letter.message_ids)) == 3
    assert read.letter.message_ids[0] == LETTER
    assert story.outbox.filed == list(read.letter.message_ids[1:])


async def test_a_reminder_can_be_asked_for(story: Story) -> None:
    """It goes out at once, to those who owe an answer."""
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.after(minutes=5)
    await story.answer(wait, ALICE)
    await story.after(minutes=5)
    await update(wait, "remind", result=WaitResult)
    await story.after(minutes=1)
    assert addressees(story) == [[ALICE, BOB], [BOB]]
    assert story.outbox.deliveries[1].letter.subject == f"Re: {SUBJECT}"
    await wait.result()


async def test_there_is_nobody_to_remind(story: Story) -> None:
    """When all have answered the wait is over; a reminder that comes then is refused."""
    wait = await story.wait(ALICE)
    with story.env.auto_time_skipping_disabled():
        await update(wait, "record_reply", RecordReply(recipient=ALICE, content="Yes.", by="Sam"), result=WaitResult)
        await wait.result()
        with pytest.raises(Exception, match=r"remind|completed|not found") as caught:
            await update(wait, "remind", result=WaitResult)
    assert not isinstance(caught.value, WorkflowUpdateFailedError) or "remind" in str(caught.value.cause)


async def test_a_reminder_that_cannot_be_sent_does_not_end_the_wait(story: Story) -> None:
    """The progress says so."""
    story.outbox.delivery_trouble.error = MessageRejected("the server does not want it")
    wait = await story.wait(ALICE, reminders=[{"after_minutes": 10, "content": "Please!"}])
    await story.after(minutes=20)
    progress = await wait.query(Waiting.progress)
    assert "a reminder could not be sent" in progress.message
    await story.answer(wait, ALICE)
    assert (await wait.result()).status == "replied"


async def test_nobody_is_reminded_after_the_deadline(story: Story) -> None:
    """A wait that starts late does not write letters for what it missed."""
    wait = await story.wait(
        ALICE,
        email_date=await story.now() - timedelta(hours=2),
        reminders=[{"after_minutes": 10, "content": "Please!"}],
    )
    await wait.result()
    assert story.outbox.deliveries == []
