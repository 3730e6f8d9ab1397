"""A case as a test tells it: letters go out, people answer after days, time passes at once."""

import asyncio
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from client import ActionFailed, Started
from models.send import SendEmailRequest, SendEmailResult
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult
from models.wait import (
    Absence,
    Authentication,
    Bounce,
    MessagePointer,
    ReadReply,
    ReplyKind,
    Response,
    WaitForEmailFromUserRequest,
    WaitResult,
)
from tests.workflows.fakes import LETTER, SUBJECT, Mailbox, Outbox
from workflows.send import SendEmail
from workflows.send_and_wait import SendEmailAndWait
from workflows.wait import WaitForEmailFromUser
from workflows.waiting import Waiting

ALICE, BOB, CAROL = "alice@example.org", "bob@example.org", "carol@example.org"
CASE = {"case_id": "7", "alert_group_identifiers": ["alert-1"]}
# Far more than a loaded machine needs for what takes milliseconds.
PATIENCE_SECONDS = 30.0

AnyWorkflow = WorkflowHandle[Any, Any]
R = TypeVar("R")


class Story:
    """One case against one Temporal, with mail that does what the test says."""

    def __init__(self, env: WorkflowEnvironment, task_queue: str) -> None:
        self.env = env
        self.client = env.client
        self.task_queue = task_queue
        self.mailbox = Mailbox()
        self.outbox = Outbox()
        self._begun: list[str] = []

    async def now(self) -> datetime:
        """What the server's clock shows."""
        return await self.env.get_current_time()

    async def after(self, **duration: float) -> None:
        """Let time pass."""
        await self.env.sleep(timedelta(**duration))

    async def send(self, *recipients: str, **arguments: Any) -> WorkflowHandle[Any, SendEmailResult]:
        """Start a Send Email."""
        request = SendEmailRequest.model_validate(
            {**CASE, "recipients": recipients, "subject": SUBJECT, "content": "Please answer.", **arguments}
        )
        return await self.client.start_workflow(SendEmail.run, request, **self._place("send"))

    async def wait(self, *recipients: str, **arguments: Any) -> WorkflowHandle[Any, WaitResult]:
        """Start a Wait for Email from User, for an hour unless told otherwise."""
        given = {
            "email_message_id": LETTER,
            "email_date": await self.now(),
            "email_recipients": recipients,
            "wait_stage_timeout_minutes": 60,
        }
        request = WaitForEmailFromUserRequest.model_validate({**CASE, **given, **arguments})
        return await self.client.start_workflow(WaitForEmailFromUser.run, request, **self._place("wait"))

    async def send_and_wait(self, *recipients: str, **arguments: Any) -> WorkflowHandle[Any, SendEmailAndWaitResult]:
        """Start the flagship, for an hour unless told otherwise."""
        given = {
            "recipients": recipients,
            "subject": SUBJECT,
            "content": "Please answer.",
            "wait_stage_timeout_minutes": 60,
        }
        request = SendEmailAndWaitRequest.model_validate({**CASE, **given, **arguments})
        return await self.client.start_workflow(SendEmailAndWait.run, request, **self._place("send-and-wait"))

    async def receive(self, sender: str, content: str = "It was me.", **details: Any) -> MessagePointer:
        """A message of this sender arrives now; nobody is told."""
        arrived = details.pop("arrived", None) or await self.now()
        return self.mailbox.receive(message(sender, content, arrived=arrived, **details))

    async def answer(self, wait: AnyWorkflow, sender: str, content: str = "It was me.", **details: Any) -> None:
        """A message of this sender arrives now, and the watch tells the wait."""
        await self.point(wait, await self.receive(sender, content, **details))

    async def point(self, wait: AnyWorkflow, pointer: MessagePointer) -> None:
        """What the watch does with new mail."""
        await wait.signal(Waiting.mail_arrived, pointer)

    async def progress(self, wait: AnyWorkflow, until: Callable[[WaitResult], bool]) -> WaitResult:
        """The result so far, as soon as it is as expected."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until(progress := await wait.query(Waiting.progress)):
            assert time.monotonic() < deadline, progress
            await asyncio.sleep(0.01)
        return progress

    async def eventually(self, condition: Callable[[], bool]) -> None:
        """Until something has happened in this process."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "this did not come true in time"
            await asyncio.sleep(0.01)

    async def failure(self, workflow: AnyWorkflow) -> ActionFailed:
        """How a workflow fails, as a caller is told."""
        with pytest.raises(ActionFailed) as caught:
            await Started(workflow).result()
        return caught.value

    async def ended(self, workflow: AnyWorkflow) -> datetime:
        """When a workflow came to its end; the server's own clock may have run on since."""
        closed = (await workflow.describe()).close_time
        assert closed
        return closed

    async def end(self) -> None:
        """Leave nothing open: a workflow without a worker would hold the clock for all other tests."""
        for workflow_id in self._begun:
            with suppress(RPCError, WorkflowFailureError, TimeoutError):  # most have ended by themselves
                left = self.client.get_workflow_handle(workflow_id)
                await left.cancel()
                await asyncio.wait_for(left.result(), PATIENCE_SECONDS)

    def _place(self, name: str) -> dict[str, Any]:
        self._begun.append(f"{name}-{uuid.uuid4()}")
        return {"id": self._begun[-1], "task_queue": self.task_queue}


async def update(wait: AnyWorkflow, name: str, *inputs: object, result: type[R]) -> R:
    """Ask something of a wait while it runs."""
    # The SDK's overloads are only partly known to type checkers.
    answer: R = await cast("Any", wait).execute_update(name, args=inputs, result_type=result)
    return answer


def message(
    sender: str,
    content: str = "It was me.",
    *,
    arrived: datetime,
    kind: ReplyKind = "reply",
    message_id: str = "",
    excluded: bool = False,
    authentication: Authentication | None = None,
    absence: Absence | None = None,
) -> ReadReply:
    """A message of the conversation, as the mail layer reads it."""
    message_id = message_id or f"<{uuid.uuid4()}@example.org>"
    response = Response(
        recipient=sender,
        state="replied",
        content=content,
        sender=sender,
        date=arrived,
        message_id=message_id,
        folder="INBOX",
        authentication=authentication,
    )
    return ReadReply(
        kind=kind,
        response=response,
        arrived=arrived,
        identities=(f"id:{message_id}",),
        matches_exclude_pattern=excluded,
        absence=absence,
    )


def delivery_report(*recipients: str, arrived: datetime) -> ReadReply:
    """A report that gives these recipients up (RFC 3464)."""
    bounce = Bounce(status="5.1.1", diagnostic="550 no such user")
    report = message("mailer-daemon@example.org", arrived=arrived, kind="bounce")
    bounces = tuple(Response(recipient=one, state="bounced", bounce=bounce) for one in recipients)
    return report.model_copy(update={"bounces": bounces})


def states(result: WaitResult) -> dict[str, str]:
    """Who stands how."""
    return {response.recipient: response.state for response in result.responses}


def reasons(result: WaitResult) -> list[str]:
    """Why what was excluded was excluded."""
    return [one.reason for one in result.excluded]
