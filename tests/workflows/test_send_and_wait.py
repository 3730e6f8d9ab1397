"""Send a letter, then wait until everyone has answered."""

import pytest

from mail.errors import FolderNotFound
from tests.workflows.story import ALICE, BOB, CAROL, Story, states

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_letter_is_sent_and_answered(story: Story) -> None:
    """The result tells who answered what and how the letter went out."""
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, cc=CAROL)
    await story.after(minutes=10)
    await story.answer(wait, BOB, "Not me.")
    await story.answer(wait, ALICE, "It was me.")
    result = await wait.result()
    assert (result.status, states(result)) == ("replied", {ALICE: "replied", BOB: "replied"})
    assert result.sent
    assert (result.sent.status, result.sent.recipients, result.sent.cc) == ("sent", (ALICE, BOB), (CAROL,))
    assert story.mailbox.reads[0].letter.message_ids == (result.sent.message_id,)


async def test_whom_the_server_refused_cannot_answer(story: Story) -> None:
    """They count as bounced, with the server's code."""
    story.outbox.refused[BOB] = 550
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.after(minutes=1)
    await story.answer(wait, ALICE)
    result = await wait.result()
    assert (result.status, states(result)) == ("partially_replied", {ALICE: "replied", BOB: "bounced"})
    bounce = result.responses[1].bounce
    assert bounce
    assert (bounce.status, bounce.diagnostic) == ("550", "no")
    assert await story.ended(wait) < result.deadline


async def test_whoever_was_refused_need_not_be_written_as_the_caller_wrote_them(story: Story) -> None:
    """Servers answer about `bob`, the caller asked for `Bob`."""
    story.outbox.refused[ALICE] = 550
    wait = await story.send_and_wait(ALICE, cc=CAROL)
    result = await wait.result()
    assert (result.status, states(result)) == ("undeliverable", {ALICE: "bounced"})


async def test_nothing_is_waited_for_when_nobody_is_accepted(story: Story) -> None:
    """The action fails as Send Email does."""
    story.outbox.refused[ALICE] = 550
    failure = await story.failure(await story.send_and_wait(ALICE))
    assert failure.type == "AllRecipientsRefused"


async def test_nothing_is_sent_when_no_answer_could_be_found(story: Story) -> None:
    """The mailbox is looked at first."""
    story.mailbox.look_trouble.error = FolderNotFound("no such folder")
    failure = await story.failure(await story.send_and_wait(ALICE))
    assert (failure.type, story.outbox.deliveries) == ("FolderNotFound", [])


async def test_the_time_to_answer_is_counted_from_the_letter(story: Story) -> None:
    """And the result says so."""
    result = await (await story.send_and_wait(ALICE, wait_stage_timeout_minutes="30")).result()
    assert result.sent
    assert (result.deadline - result.sent.date).total_seconds() == 30 * 60
