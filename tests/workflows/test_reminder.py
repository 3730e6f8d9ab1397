"""Letters to those who owe an answer."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from mail.errors import FolderNotFound, MessageRejected
from models.wait import RecordReply, WaitResult
from tests.workflows.fakes import LETTER, SUBJECT
from tests.workflows.story import ALICE, BOB, CAROL, Story, delivery_report, update
from workflows.reminder import DEFAULT_CONTENT
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
    assert {(letter.in_reply_to, letter.subject) for letter in letters} == {(LETTER, f"Re: {SUBJECT}")}
    assert [letter.references for letter in letters] == [(LETTER,), (LETTER, story.outbox.deliveries[0].message_id)]


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


async def test_a_reminder_can_be_worded_by_hand(story: Story) -> None:
    """A plain text will do, an empty one means the usual words; the next one has those again."""
    wait = await story.wait(ALICE)
    for words in ("Alice, please!", {"content": {"text": "Now!"}}, ""):
        await update(wait, "remind", words, result=WaitResult)
        await story.after(minutes=1)
    texts = [delivery.letter.content.text for delivery in story.outbox.deliveries if delivery.letter.content]
    assert texts == ["Alice, please!", "Now!", DEFAULT_CONTENT.text]
    await wait.result()


async def test_nobody_is_reminded_whose_answer_lies_there(story: Story) -> None:
    """It came in the same moment, or the watch has missed it: before a reminder goes out, the wait looks."""
    reminders = [{"after_minutes": 20, "content": "Please answer."}]
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, reminders=reminders)
    await story.after(minutes=10)
    await story.receive(ALICE)
    await story.after(minutes=20)
    await story.answer(wait, BOB)
    assert (await wait.result()).status == "replied"
    assert addressees(story) == [[BOB]]


async def test_the_last_answer_makes_a_reminder_needless(story: Story) -> None:
    """It ends the wait instead."""
    wait = await story.wait(ALICE, reminders=[{"after_minutes": 20, "content": "Please answer."}])
    await story.after(minutes=10)
    await story.receive(ALICE)
    result = await wait.result()
    assert (result.status, story.outbox.deliveries) == ("replied", [])
    assert await story.ended(wait) < result.deadline


async def test_who_has_bounced_is_not_reminded(story: Story) -> None:
    """By the first letter or by a reminder."""
    reminders = [{"after_minutes": 20, "content": "One."}, {"after_minutes": 40, "content": "Two."}]
    wait = await story.wait(ALICE, BOB, CAROL, wait_for_all_recipients_to_reply=True, reminders=reminders)
    story.mailbox.receive(delivery_report(ALICE, arrived=await story.now()))
    await story.after(minutes=30)
    story.mailbox.receive(delivery_report(BOB, arrived=await story.now()))
    await wait.result()
    assert addressees(story) == [[BOB, CAROL], [CAROL]]


async def test_a_mailbox_that_cannot_be_read_keeps_no_reminder_back(story: Story) -> None:
    """It was asked for; the progress tells of the mailbox."""
    wait = await story.wait(ALICE, reminders=[{"after_minutes": 20, "content": "Please answer."}])
    await story.after(minutes=10)
    story.mailbox.look_trouble.error = FolderNotFound("INBOX is gone")
    await story.after(minutes=15)
    assert addressees(story) == [[ALICE]]
    story.mailbox.look_trouble.error = None
    await wait.signal(Waiting.stop_waiting, "seen")
    await wait.result()


async def test_of_reminders_that_were_missed_only_the_latest_goes_out(story: Story) -> None:
    """Whoever waited for a worker does not get two letters at once."""
    reminders = [{"after_minutes": minutes, "content": f"After {minutes}."} for minutes in (10, 20, 70)]
    begun = await story.now() - timedelta(minutes=30)
    wait = await story.wait(ALICE, reminders=reminders, email_date=begun, wait_stage_timeout_minutes=90)
    await wait.result()
    texts = [delivery.letter.content.text for delivery in story.outbox.deliveries if delivery.letter.content]
    assert texts == ["After 20.", "After 70."]


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


async def test_a_reminder_that_is_refused_is_told(story: Story) -> None:
    """Nobody should think that everybody has been reminded."""
    story.outbox.deferred[ALICE] = 1
    wait = await story.wait(ALICE, reminders=[{"after_minutes": 10, "content": "Please!"}])
    await story.after(minutes=20)
    assert f"a reminder was refused for {ALICE}: 451 no" in (await wait.query(Waiting.progress)).message
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
