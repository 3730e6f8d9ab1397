"""Letters that come back."""

import pytest

from tests.workflows.story import ALICE, BOB, Story, delivery_report, states

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def bounce(story: Story, *recipients: str) -> None:
    """A delivery report comes in."""
    story.mailbox.receive(delivery_report(*recipients, arrived=await story.now()))


async def test_a_wait_ends_when_all_letters_have_come_back(story: Story) -> None:
    """Nobody is left who could answer."""
    await bounce(story, ALICE, BOB)
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    result = await wait.result()
    assert (result.status, states(result)) == ("undeliverable", {ALICE: "bounced", BOB: "bounced"})
    assert result.message == "Undeliverable: 0 of 2 recipients replied, 2 could not be reached."
    assert await story.ended(wait) < result.deadline


async def test_a_wait_ends_when_all_have_answered_or_bounced(story: Story) -> None:
    """It does not wait for those who cannot answer."""
    await bounce(story, ALICE)
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.answer(wait, BOB)
    result = await wait.result()
    assert (result.status, states(result)) == ("partially_replied", {ALICE: "bounced", BOB: "replied"})
    assert await story.ended(wait) < result.deadline


async def test_a_bounce_says_why(story: Story) -> None:
    """With the status of the report (RFC 3463)."""
    await bounce(story, ALICE)
    result = await (await story.wait(ALICE)).result()
    reason = result.responses[0].bounce
    assert reason
    assert (reason.status, reason.diagnostic) == ("5.1.1", "550 no such user")


async def test_one_bounce_does_not_end_the_wait_for_the_others(story: Story) -> None:
    """Even where one answer is enough."""
    await bounce(story, ALICE)
    wait = await story.wait(ALICE, BOB)
    await story.after(minutes=30)
    await story.answer(wait, BOB)
    assert (await wait.result()).status == "replied"


async def test_an_answer_outweighs_a_bounce(story: Story) -> None:
    """In either order: whoever answers has been reached."""
    wait = await story.wait(ALICE, BOB, "carol@example.org", wait_for_all_recipients_to_reply=True)
    await story.answer(wait, ALICE)
    await bounce(story, ALICE, BOB)
    await story.after(minutes=1)
    await story.answer(wait, BOB, arrived=await story.now())
    result = await wait.result()
    assert states(result) == {ALICE: "replied", BOB: "replied", "carol@example.org": "pending"}
