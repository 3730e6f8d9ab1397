"""What waiting costs: few events, however long it lasts."""

from datetime import UTC, datetime, timedelta

import pytest

from client.search_attributes import TemporalSearchAttributes
from tests.workflows.post import Post
from tests.workflows.story import ALICE, BOB, Story
from workflows.search_attributes import STATE

pytestmark = pytest.mark.asyncio(loop_scope="session")

THIRTY_DAYS = 30 * 24 * 60


async def test_a_month_of_waiting_for_two_answers_is_a_short_history(story: Story, post: Post) -> None:
    """The wait's own events and those that it causes in its watch, together."""
    await TemporalSearchAttributes(story.client).create()
    story.mailbox.has_search_attributes = True
    wait = await story.wait(ALICE, BOB, wait_stage_timeout_minutes=THIRTY_DAYS, wait_for_all_recipients_to_reply=True)
    await story.after(days=3)
    await story.answer(wait, ALICE)
    await story.after(days=20)
    await story.answer(wait, BOB)
    await wait.result()
    until = datetime.now(UTC) + timedelta(days=2)
    for look, _ in enumerate(story.mailbox.looks):  # each renews the registration
        await post.register(wait.id, until=until, again=look > 0)
        await post.concerned(f"key of {wait.id}")
    await post.watches.release(post.id, wait.id)
    await post.ends()
    assert (await wait.describe()).typed_search_attributes.get(STATE) == "replied"
    waiting, watching = [len((await one.fetch_history()).events) for one in (wait, post.handle)]
    assert waiting + watching < 150, f"{waiting} events of the wait, {watching} of its watch"
