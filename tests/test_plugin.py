"""Bad input ends at once as InvalidRequest; it never leaves a task that is tried again for ever."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.testing import WorkflowEnvironment

from tests.workflows.crew import crew
from tests.workflows.fakes import Mailbox, Outbox
from tests.workflows.story import update as ask

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUEUE = "bad-input"
SECRET = "hunter2-correct-horse"
# A task that is tried again is tried again within a second.
LIMIT_SECONDS = 30
GOOD = {
    "case_id": "7",
    "alert_group_identifiers": ["alert-1"],
    "email_message_id": "<letter@soc.example>",
    "email_date": "2026-03-01T10:00:00Z",
    "email_recipients": "alice@example.org",
    "wait_stage_timeout_minutes": 5_000_000,
}
ACTIONS = ("SendEmail", "SendEmailAndWait", "WaitForEmailFromUser", "Ping")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(temporal: WorkflowEnvironment) -> AsyncGenerator[Client, None]:
    """A client whose workflows are served by all that this project has."""
    async with crew(temporal.client, QUEUE, Mailbox(), Outbox(), watching=True):
        yield temporal.client


async def start(client: Client, name: str, *inputs: Any) -> WorkflowHandle[Any, Any]:
    """Start a workflow as a stranger would: by its name, with anything."""
    return await client.start_workflow(name, args=inputs, id=f"{name}-{uuid.uuid4()}", task_queue=QUEUE)


async def refusal(handle: WorkflowHandle[Any, Any]) -> ApplicationError:
    """How the workflow failed, at once and without a task that had to be repeated."""
    with pytest.raises(WorkflowFailureError) as caught:
        await asyncio.wait_for(handle.result(), LIMIT_SECONDS)
    failure: BaseException | None = caught.value.cause
    if isinstance(failure, ActivityError):
        failure = failure.cause
    history = await handle.fetch_history()
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in {event.event_type for event in history.events}
    assert SECRET not in str(history.to_json_dict()["events"][1:])
    assert isinstance(failure, ApplicationError)
    return failure


NO_REQUESTS: list[tuple[Any, ...]] = [
    (),
    ({}, {}),
    ("text",),
    (5,),
    (True,),
    (None,),
    ([],),
    ([{}],),
    ({},),
    ({"case_id": {"nested": SECRET}},),
    ({"password": SECRET},),
    ({"request": {}, "state": {}},),
    (SECRET.encode(),),
]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("inputs", NO_REQUESTS, ids=lambda inputs: repr(inputs).replace(SECRET, "secret"))
async def test_what_is_no_request_is_refused(client: Client, action: str, inputs: tuple[Any, ...]) -> None:
    """No input, two, none that is an object, an object with nothing right in it."""
    failure = await refusal(await start(client, action, *inputs))
    assert failure.type == "InvalidRequest"
    assert failure.message.startswith("invalid request: ")
    assert failure.cause is None


async def test_every_wrong_field_is_named(client: Client) -> None:
    """A stranger who types by hand learns all at once."""
    wrong = {**GOOD, "case_id": "", "email_recipients": "alice", "email_dat": SECRET}
    failure = await refusal(await start(client, "WaitForEmailFromUser", wrong))
    assert all(f"{field}: " in failure.message for field in ("case_id", "email_recipients.0", "email_dat"))


async def test_a_bad_pattern_is_refused_by_its_own_name(client: Client) -> None:
    """With position and reason."""
    failure = await refusal(
        await start(client, "WaitForEmailFromUser", {**GOOD, "wait_stage_exclude_pattern": "a(?=b)"})
    )
    assert (failure.type, "position 1: " in failure.message) == ("InvalidPattern", True)


@pytest.mark.parametrize("name", ["SendMail", "sendEmail", "Continued"])
async def test_an_unknown_action_is_refused(client: Client, name: str) -> None:
    """Whatever its input; and the nearest known one, or all that are known, is told."""
    failure = await refusal(await start(client, name, {"password": SECRET}))
    assert failure.type == "InvalidRequest"
    assert f"workflow type {name!r}: unknown name" in failure.message
    assert "SendEmail" in failure.message


async def test_an_unknown_name_of_any_length_is_refused(client: Client) -> None:
    """A failure has to fit into a payload, too."""
    failure = await refusal(await start(client, "Ping", {"x" * 1_000_000: 1, **dict.fromkeys(map(str, range(10_000)))}))
    assert failure.type == "InvalidRequest"


BAD_UPDATES = [
    ("extend_deadline", ()),
    ("extend_deadline", (5, 5)),
    ("extend_deadline", ("soon",)),
    ("extend_deadline", (None,)),
    ("extend_deadline", (b"\x00",)),
    ("extend_deadline", ({"minuets": 5},)),
    ("record_reply", ({"recipient": "alice@example.org"},)),
    ("record_reply", ([SECRET],)),
    ("no_such_update", ()),
]


@pytest.mark.parametrize(("update", "inputs"), BAD_UPDATES, ids=lambda given: repr(given).replace(SECRET, "secret"))
async def test_a_bad_update_is_refused_and_the_wait_goes_on(
    client: Client, update: str, inputs: tuple[Any, ...]
) -> None:
    """Wrong type, missing, two inputs, unknown name."""
    wait = await start(client, "WaitForEmailFromUser", {**GOOD, "email_date": workflow_date()})
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await asyncio.wait_for(ask(wait, update, *inputs, result=dict[str, Any]), LIMIT_SECONDS)
    assert SECRET not in str(caught.value.cause)
    if update != "no_such_update":
        assert isinstance(caught.value.cause, ApplicationError)
        assert caught.value.cause.type == "InvalidRequest"
    await wait.signal("stop_waiting", "seen enough")
    assert (await asyncio.wait_for(wait.result(), LIMIT_SECONDS))["status"] == "stopped"


async def test_a_signal_with_too_many_or_too_few_inputs_fails_no_task(client: Client) -> None:
    """What is missing drops the signal, what is too much is passed over; the wait goes on, or stops as it is told."""
    wait = await start(client, "WaitForEmailFromUser", {**GOOD, "email_date": workflow_date()})
    await wait.signal("mail_arrived")
    await wait.signal("stop_waiting", args=["seen enough", "and more"])
    result = await asyncio.wait_for(wait.result(), LIMIT_SECONDS)
    assert (result["status"], result["message"].partition(":")[0]) == ("stopped", "Stopped (seen enough)")


async def test_an_update_before_the_wait_begins_is_answered(client: Client) -> None:
    """Update and start may arrive in one task, the update first."""
    wait = await client.start_workflow(
        "WaitForEmailFromUser",
        {**GOOD, "email_date": workflow_date()},
        id=f"early-{uuid.uuid4()}",
        task_queue=QUEUE,
        start_signal="mail_arrived",
        start_signal_args=[{"folder": "INBOX", "uid_validity": 1, "uid": 1}],
    )
    answer = await asyncio.wait_for(ask(wait, "extend_deadline", 5, result=dict[str, Any]), LIMIT_SECONDS)
    assert answer["status"] == "waiting"
    await wait.signal("stop_waiting", "seen enough")
    assert (await asyncio.wait_for(wait.result(), LIMIT_SECONDS))["status"] == "stopped"


def workflow_date() -> str:
    """A letter that is not too old to be waited for."""
    return "2026-11-01T10:00:00Z"
