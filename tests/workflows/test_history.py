"""What waiting costs: few events, however long it lasts."""

import pytest

from tests.workflows.post import Post
from tests.workflows.story import ALICE, BOB, Story

pytestmark = pytest.mark.asyncio(loop_scope="session")

THIRTY_DAYS = 30 * 24 * 60


async def test_a_month_of_waiting_for_two_answers_is_a_short_history(story: Story, post: Post) -> None:
    """The wait's own events and those that it causes in its watch, together."""
    wait = await story.wait(ALICE, BOB, wait_stage_timeout_minutes=THIRTY_DAYS, wait_for_all_recipients_to_reply=True)
    await story.after(days=3)
    await story.answer(wait, ALICE)
    await story.after(days=20)
    await story.answer(wait, BOB)
    await wait.result()
    for _ in story.mailbox.looks:  # each renews the registration
        await post.register(wait.id)
        await post.concerned(f"key of {wait.id}")
    await post.watches.release(post.id, wait.id)
    await post.ends()
    waiting, watching = [len((await one.fetch_history()).events) for one in (wait, post.handle)]
    assert waiting + watching < 150, f"{waiting} events of the wait, {watching} of its watch"
