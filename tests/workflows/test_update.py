"""What people do to a wait while it runs."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError, CancelledError

from models.wait import ExtendDeadline, RecordReply, WaitResult
from tests.workflows.story import ALICE, BOB, Story, states, update
from workflows.waiting import Waiting

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_deadline_can_be_moved(story: Story) -> None:
    """The wait answers with its new deadline and keeps it."""
    wait = await story.wait(ALICE)
    before = (await wait.query(Waiting.progress)).deadline
    extended = await update(wait, "extend_deadline", ExtendDeadline(minutes=60), result=WaitResult)
    assert extended.deadline == before + timedelta(minutes=60)
    await story.after(minutes=90)
    await story.answer(wait, ALICE)
    assert (await wait.result()).status == "replied"


async def test_the_watch_hears_of_a_later_deadline_in_time(story: Story) -> None:
    """Before it forgets the wait, which may be long before the next look."""
    wait = await story.wait(ALICE, wait_stage_timeout_minutes=30 * 24 * 60)
    await story.after(days=29)
    looks, before = len(story.mailbox.looks), (await wait.query(Waiting.progress)).deadline
    await update(wait, "extend_deadline", ExtendDeadline(minutes=30 * 24 * 60), result=WaitResult)
    await story.after(days=1.5)
    assert [look for look in story.mailbox.looks[looks:] if look <= before + timedelta(minutes=5)]
    await wait.signal(Waiting.stop_waiting, "seen")
    await wait.result()


async def test_a_deadline_cannot_leave_the_calendar(story: Story) -> None:
    """However often it is moved."""
    wait = await story.wait(ALICE)
    six_years = ExtendDeadline(minutes=6 * 365 * 24 * 60)
    await update(wait, "extend_deadline", six_years, result=WaitResult)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await update(wait, "extend_deadline", six_years, result=WaitResult)
    assert isinstance(caught.value.cause, ApplicationError)
    assert caught.value.cause.type == "InvalidRequest"
    await wait.signal(Waiting.stop_waiting, "enough")
    assert (await wait.result()).status == "stopped"


async def test_an_answer_by_telephone_counts(story: Story) -> None:
    """With the name of who took it; addresses are the same in any case."""
    wait = await story.wait(ALICE)
    by_telephone = RecordReply(recipient="Alice@Example.org", content="It was her.", by="Sam")
    await update(wait, "record_reply", by_telephone, result=WaitResult)
    result = await wait.result()
    (response,) = result.responses
    assert (result.status, response.recipient, response.content, response.sender) == (
        "replied",
        ALICE,
        "It was her.",
        "Sam",
    )


async def test_an_answer_of_somebody_who_was_not_asked_is_refused(story: Story) -> None:
    """And the wait goes on."""
    wait = await story.wait(ALICE)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await update(wait, "record_reply", RecordReply(recipient=BOB, content="x", by="Sam"), result=WaitResult)
    assert isinstance(caught.value.cause, ApplicationError)
    assert caught.value.cause.type == "InvalidRequest"
    assert ALICE in caught.value.cause.message
    assert (await wait.result()).status == "timed_out"


async def test_a_wait_can_be_stopped(story: Story) -> None:
    """What is known so far is its result, with the reason."""
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.answer(wait, ALICE)
    await story.progress(wait, lambda progress: states(progress)[ALICE] == "replied")
    await wait.signal(Waiting.stop_waiting, "case closed")
    result = await wait.result()
    assert (result.status, states(result)) == ("stopped", {ALICE: "replied", BOB: "pending"})
    assert result.message == "Stopped (case closed): 1 of 2 recipients replied."
    assert await story.ended(wait) < result.deadline


@pytest.mark.parametrize("reason", [None, "", {"why": "x"}, 5])
async def test_a_wait_can_be_stopped_with_any_reason(story: Story, reason: object) -> None:
    """A signal that cannot be read would be dropped silently."""
    wait = await story.wait(ALICE)
    await wait.signal("stop_waiting", reason)
    assert (await wait.result()).status == "stopped"


async def test_progress_is_the_result_so_far(story: Story) -> None:
    """Who has answered, who has not, and until when."""
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.answer(wait, ALICE)
    progress = await story.progress(wait, lambda progress: states(progress)[ALICE] == "replied")
    assert progress.status == "waiting"
    assert progress.message.startswith("Waiting: 1 of 2 recipients replied.")
    await wait.signal(Waiting.stop_waiting, "seen enough")
    await wait.result()


async def test_a_cancelled_wait_ends_cleanly(story: Story) -> None:
    """As cancelled, with its watch released."""
    wait = await story.wait(ALICE)
    await story.progress(wait, lambda progress: bool(progress.folders))
    await wait.cancel()
    with pytest.raises(WorkflowFailureError) as caught:
        await wait.result()
    assert isinstance(caught.value.cause, CancelledError)
    released = [
        event
        for event in (await wait.fetch_history()).events
        if event.HasField("signal_external_workflow_execution_initiated_event_attributes")
    ]
    assert len(released) == 1
