"""Wait for Email from User, from the first answer to the last moment."""

import pytest

from tests.workflows.story import ALICE, BOB, Story, states

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 24 * 60


async def test_a_wait_of_thirty_days_ends_with_the_last_answer(story: Story) -> None:
    """Two people answer in their own time."""
    wait = await story.wait(ALICE, BOB, wait_stage_timeout_minutes=30 * DAY, wait_for_all_recipients_to_reply=True)
    await story.after(days=3)
    await story.answer(wait, ALICE, "It was me.")
    await story.after(days=20)
    await story.answer(wait, BOB, "Not me.")
    result = await wait.result()
    assert (result.status, states(result)) == ("replied", {ALICE: "replied", BOB: "replied"})
    assert [one.content for one in result.responses] == ["It was me.", "Not me."]
    assert result.message == "2 of 2 recipients replied."


async def test_nobody_answers(story: Story) -> None:
    """At the deadline it is said who owes an answer."""
    wait = await story.wait(ALICE, BOB)
    result = await wait.result()
    assert (result.status, states(result)) == ("timed_out", {ALICE: "pending", BOB: "pending"})
    assert await story.now() >= result.deadline
