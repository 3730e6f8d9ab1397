"""Servers that fail while somebody waits."""

import pytest

from mail.errors import AuthenticationFailed, FolderNotFound, ServerUnavailable, UnknownAccount
from tests.workflows.story import ALICE, Story

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 24 * 60


@pytest.mark.parametrize("error", [ServerUnavailable("it is down"), AuthenticationFailed("the password has changed")])
async def test_a_mailbox_that_fails_for_a_while_does_not_end_a_wait(story: Story, error: Exception) -> None:
    """The trouble is told; the answer is found when it is over."""
    wait = await story.wait(ALICE, wait_stage_timeout_minutes=DAY)
    await story.after(minutes=30)
    story.mailbox.look_trouble.error = error  # type: ignore[assignment]
    await story.after(hours=3)
    progress = await story.progress(wait, lambda _: True)
    assert "the mailbox could not be searched" in progress.message
    story.mailbox.look_trouble.error = None
    await story.receive(ALICE)
    assert (await wait.result()).status == "replied"


async def test_a_mailbox_that_is_down_at_the_deadline_is_waited_for(story: Story) -> None:
    """An answer that came in time is no time-out."""
    wait = await story.wait(ALICE)
    await story.after(minutes=30)
    await story.receive(ALICE)
    story.mailbox.look_trouble.error = ServerUnavailable("it is down")
    story.mailbox.look_trouble.times = 20
    result = await wait.result()
    assert result.status == "replied"
    assert await story.ended(wait) > result.deadline


@pytest.mark.parametrize(
    "error", [FolderNotFound("no such folder"), AuthenticationFailed("no"), UnknownAccount("no such account")]
)
async def test_what_cannot_be_searched_at_all_fails_at_once(story: Story, error: FolderNotFound) -> None:
    """Nobody should wait a month to hear it."""
    begun = await story.now()
    story.mailbox.look_trouble.error = error
    wait = await story.wait(ALICE)
    failure = await story.failure(wait)
    assert (failure.type, failure.message) == (error.type, error.message)
    assert (await story.ended(wait) - begun).total_seconds() < 5


async def test_a_message_that_cannot_be_read_does_not_end_a_wait(story: Story) -> None:
    """It is tried again with the next look."""
    wait = await story.wait(ALICE)
    story.mailbox.read_trouble.error = AuthenticationFailed("no")
    story.mailbox.read_trouble.times = 1
    await story.answer(wait, ALICE)
    progress = await story.progress(wait, lambda progress: "read" in progress.message)
    assert "a message could not be read" in progress.message
    assert (await wait.result()).status == "replied"


async def test_an_answer_that_cannot_be_read_at_the_deadline_is_told(story: Story) -> None:
    """Somebody has to look: "timed out" alone would say that nothing came."""
    wait = await story.wait(ALICE)
    await story.after(minutes=30)
    await story.receive(ALICE)
    story.mailbox.read_trouble.error = AuthenticationFailed("no")
    result = await wait.result()
    assert (result.status, result.message.partition(". ")[0]) == ("timed_out", "Timed out: 0 of 1 recipient replied")
    assert result.message.endswith("a message could not be read: AuthenticationFailed: no")


async def test_trouble_that_is_over_is_not_told_at_the_end(story: Story) -> None:
    """The look at the deadline has made up for it."""
    wait = await story.wait(ALICE, wait_stage_timeout_minutes=DAY)
    await story.after(minutes=30)
    story.mailbox.look_trouble.error = AuthenticationFailed("no")
    story.mailbox.look_trouble.times = 1
    await story.after(hours=3)
    assert (await wait.result()).message == "Timed out: 0 of 1 recipient replied."
