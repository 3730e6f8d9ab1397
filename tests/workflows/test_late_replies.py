"""Answers after a time-out: told to whom the settings name, for a day, instead of vanishing."""

import uuid
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from mail.errors import NotConfigured
from models.late_reply import LateRepliesRequest, LateRepliesResult
from models.wait import Absence, Authentication, AwaitedLetter, LateReplyRoute, Response, WaitArguments
from models.wait_state import ConversationState
from tests.workflows.crew import crew
from tests.workflows.fakes import ACCOUNT, LETTER
from tests.workflows.story import ALICE, BOB, CASE, AnyWorkflow, Story, delivery_report, states
from workflows.late_replies import LateReplies

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOTED = LateReplyRoute(to="case_note")
SIGNALLED = LateReplyRoute(to="signal", workflow_id="playbook-{case_id}", signal="too_late")
Late = WorkflowHandle[LateReplies, LateRepliesResult]


@workflow.defn(name="Playbook", sandboxed=False)
class Playbook:
    """Somebody else's workflow that wants to know."""

    def __init__(self) -> None:
        self._heard: list[dict[str, object]] = []

    @workflow.run
    async def run(self) -> list[dict[str, object]]:
        await workflow.wait_condition(lambda: bool(self._heard))
        return self._heard

    @workflow.signal
    def too_late(self, reply: dict[str, object]) -> None:
        self._heard.append(reply)


@pytest_asyncio.fixture(loop_scope="session")
async def playbook(story: Story) -> AsyncGenerator[AnyWorkflow, None]:
    """It runs beside the case."""
    queue = f"{story.task_queue}-playbook"
    async with Worker(
        story.client, task_queue=queue, workflows=[Playbook], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        yield await story.client.start_workflow(Playbook.run, id=f"playbook-{CASE['case_id']}", task_queue=queue)


@pytest_asyncio.fixture(loop_scope="session")
async def now(temporal: WorkflowEnvironment) -> AsyncGenerator[Story, None]:
    """A case in real time: the server that skips time stands still once a workflow has outlived its parent."""
    case = Story(temporal, f"now-{uuid.uuid4()}")
    async with crew(case.client, case.task_queue, case.mailbox, case.outbox, watching=True):
        yield case
        await case.end()


async def listening(story: Story, route: LateReplyRoute = NOTED, **rules: Any) -> Late:
    """What listens after a wait that Bob has answered and Alice has not."""
    responses = (Response(recipient=ALICE), Response(recipient=BOB, state="replied"))
    until = await story.now() + timedelta(hours=24)
    letter = AwaitedLetter(account=ACCOUNT, message_ids=(LETTER,), since=await story.now(), folders=("INBOX",))
    request = LateRepliesRequest(
        wait_id="wait-7",
        rules=WaitArguments.model_validate({**CASE, "wait_stage_timeout_minutes": 60, **rules}),
        letter=letter,
        conversation=ConversationState(responses=responses),
        until=until,
        route=route,
    )
    return await story.client.start_workflow(
        LateReplies.run, request, id=f"late-{uuid.uuid4()}", task_queue=story.task_queue
    )


async def test_a_late_answer_is_noted_with_its_case(story: Story) -> None:
    """Who has answered in time is not listened to; when nobody is left to answer, it is over."""
    begun, late = await story.now(), await listening(story)
    await story.after(hours=3)
    await late.signal(LateReplies.mail_arrived, await story.receive(BOB, "By the way."))
    await late.signal(LateReplies.mail_arrived, await story.receive(ALICE, "Sorry, I was away."))
    told = await late.result()
    (note,) = story.mailbox.notes
    assert (note.case_id, note.wait_id, note.recipient, note.content) == ("7", "wait-7", ALICE, "Sorry, I was away.")
    assert told.replies == (note,)
    assert await story.ended(late) - begun < timedelta(hours=4)


async def test_what_the_watch_missed_is_found_at_the_end_of_the_day(story: Story) -> None:
    """Then it is over."""
    begun, late = await story.now(), await listening(story)
    await story.after(hours=20)
    await story.receive(ALICE, "Late.")
    assert [one.content for one in (await late.result()).replies] == ["Late."]
    assert timedelta() <= await story.ended(late) - begun - timedelta(hours=24) < timedelta(minutes=5)


async def test_what_does_not_count_is_not_told(story: Story) -> None:
    """The rules of the wait hold on: no absences, no strangers, no bounces, nothing excluded or unproven."""
    late, proven = await listening(story, reply_authentication="require"), Authentication(result="pass")
    await story.receive(ALICE, kind="auto_reply", absence=Absence(), authentication=proven)
    await story.receive("eve@example.net", authentication=proven)
    await story.receive(ALICE, excluded=True, authentication=proven)
    await story.receive(ALICE)
    story.mailbox.receive(delivery_report(ALICE, arrived=await story.now()))
    assert await late.result() == LateRepliesResult()
    assert story.mailbox.notes == []


async def test_a_workflow_is_signalled(story: Story, playbook: AnyWorkflow) -> None:
    """The one that the settings name for the case, in plain JSON; nothing is noted then."""
    late = await listening(story, SIGNALLED)
    await late.signal(LateReplies.mail_arrived, await story.receive(ALICE, "Late.", message_id="<late@example.org>"))
    await late.result()
    (heard,) = await playbook.result()
    assert (heard["case_id"], heard["from"], heard["content"]) == ("7", ALICE, "Late.")
    assert heard["message_id"] == "<late@example.org>"
    assert story.mailbox.notes == []


async def test_a_workflow_that_has_ended_is_no_reason_to_lose_an_answer(story: Story) -> None:
    """It is noted with the case instead."""
    late = await listening(story, SIGNALLED.model_copy(update={"workflow_id": "nobody"}))
    await late.signal(LateReplies.mail_arrived, await story.receive(ALICE, "Late."))
    await late.result()
    assert [note.content for note in story.mailbox.notes] == ["Late."]


async def test_a_storage_that_fails_is_told_in_the_result(story: Story) -> None:
    """And so is the answer itself."""
    story.mailbox.note_trouble.error = NotConfigured("storage.url cannot be used")
    late = await listening(story)
    await late.signal(LateReplies.mail_arrived, await story.receive(ALICE, "Late."))
    told = await late.result()
    assert ([one.content for one in told.replies], told.untold) == (["Late."], 1)


async def test_listening_can_be_ended_by_hand(story: Story) -> None:
    """Cancelled, it lets the watch forget it."""
    late = await listening(story)
    await story.eventually(lambda: len(story.mailbox.looks) == 1)
    await late.cancel()
    with pytest.raises(WorkflowFailureError):
        await late.result()
    assert (await late.describe()).status is WorkflowExecutionStatus.CANCELED
    events = (await late.fetch_history()).events
    assert [one for one in events if one.HasField("signal_external_workflow_execution_initiated_event_attributes")]


async def timed_out(story: Story, **more: Any) -> AnyWorkflow:
    """A wait whose deadline lies a minute back."""
    wait = await story.wait(ALICE, email_date=await story.now() - timedelta(minutes=61), **more)
    assert (await wait.result()).status == "timed_out"
    return wait


def after(story: Story, wait: AnyWorkflow) -> Late:
    """What listens when this wait has timed out."""
    run_id = str(wait.first_execution_run_id)[:8]
    return story.client.get_workflow_handle_for(LateReplies.run, f"late-replies/{wait.id}/{run_id}")


async def is_listened(story: Story, wait: AnyWorkflow) -> bool:
    """Whether anything listens after this wait."""
    try:
        await after(story, wait).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def test_a_wait_that_has_timed_out_leaves_a_listener(now: Story) -> None:
    """By the wait's rules, told by the watch; what the wait itself left out as late is told first."""
    now.mailbox.late_replies = NOTED
    wait = await timed_out(now, wait_stage_exclude_pattern="ticket", reminders=[{"after_minutes": 5, "content": "x"}])
    await now.receive(ALICE, "Late.")
    told = await after(now, wait).result()
    assert [(one.wait_id, one.content) for one in told.replies] == [(wait.id, "Late.")]
    assert {request.exclude_pattern for request in now.mailbox.reads} == {"ticket"}


async def test_nothing_listens_unless_it_is_asked_for(now: Story) -> None:
    """By default, and when a wait ended in any other way than by its deadline."""
    assert not await is_listened(now, await timed_out(now))
    now.mailbox.late_replies = NOTED
    answered, stopped = await now.wait(ALICE, BOB), await now.wait(ALICE)
    await now.answer(answered, ALICE)
    await stopped.signal("stop_waiting", "enough")
    assert states(await answered.result()) == {ALICE: "replied", BOB: "pending"}
    await stopped.result()
    assert not [wait for wait in (answered, stopped) if await is_listened(now, wait)]
