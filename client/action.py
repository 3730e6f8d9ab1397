"""One action as a SOAR uses it: started and awaited, or started and followed."""

# The SDK leaves parts of execute_update untyped.
# pyright: reportUnknownMemberType=false

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, get_type_hints

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from client.errors import DuplicateAction, UnknownAction, client_error
from models.content import EmailContent
from models.forward import ForwardEmailRequest
from models.request import Message, Request
from models.send import SendEmailRequest
from models.wait import ExtendDeadline, RecordReply, Remind, WaitResult
from workflows.markdown import plain
from workflows.waiting import Waiting

# The server takes no more than 400 bytes.
_SUMMARY_CHARACTERS = 100
# Nor of details more than 20,000.
_DETAILS_CHARACTERS = 4_000

Q = TypeVar("Q", bound=Request)
R = TypeVar("R")
W = TypeVar("W", bound=WaitResult)


class Started(Generic[R]):
    """An action under way; `id` finds it again, also from another process."""

    def __init__(self, handle: WorkflowHandle[Any, R]) -> None:
        self._handle = handle

    @property
    def id(self) -> str:
        """The workflow's id."""
        return self._handle.id

    async def result(self) -> R:
        """Wait for the end; raises ActionFailed or ActionCancelled."""
        try:
            return await self._handle.result()
        except WorkflowFailureError as error:
            raise client_error(error) from error

    async def cancel(self) -> None:
        """Ask for its end."""
        await self._handle.cancel()


class StartedWait(Started[W]):
    """A wait under way, with all that can be done to one."""

    def __init__(self, handle: WorkflowHandle[Any, W], result_type: type[W]) -> None:
        super().__init__(handle)
        # What a wait knows so far has the shape of its result, which its handlers' common annotation does not tell.
        self._result_type = result_type

    async def progress(self) -> W:
        """The result so far."""
        with self._known():
            progress: W = await self._handle.query(Waiting.progress.__name__, result_type=self._result_type)
        return progress

    async def extend_deadline(self, minutes: int) -> W:
        """Wait longer; like every change, raises ActionFailed where it is refused, UnknownAction once it has ended."""
        return await self._update(Waiting.extend_deadline, ExtendDeadline(minutes=minutes))

    async def record_reply(self, recipient: str, content: str, *, by: str) -> W:
        """Count an answer that came another way, and who says so."""
        return await self._update(Waiting.record_reply, RecordReply(recipient=recipient, content=content, by=by))

    async def remind(self, content: EmailContent | str = "") -> W:
        """Write to those who have not answered, now; in these words, or the usual ones."""
        return await self._update(Waiting.remind, *((Remind.model_validate({"content": content}),) if content else ()))

    async def stop_waiting(self, reason: str) -> None:
        """End the wait with what is known so far."""
        with self._known():
            await self._handle.signal(Waiting.stop_waiting, reason)

    async def _update(self, handler: Callable[..., Any], *arguments: Message) -> W:
        try:
            with self._known():
                result: W = await self._handle.execute_update(
                    handler.__name__, args=arguments, result_type=self._result_type
                )
        except WorkflowUpdateFailedError as error:
            raise client_error(error) from error
        return result

    @contextmanager
    def _known(self) -> Generator[None, None, None]:
        try:
            yield
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise UnknownAction(f"no open wait has the id {self.id!r}") from error


class Action(Generic[Q, R]):
    """An action: call it for its result, or `start` it and come back later."""

    def __init__(
        self,
        client: Client,
        task_queue: str,
        workflow: Callable[[Any, Q], Awaitable[R]],
        new_id: Callable[[Q], str],
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._workflow = workflow
        self._new_id = new_id

    async def __call__(self, request: Q, *, workflow_id: str = "") -> R:
        """Start the action and wait for its result; raises ActionFailed, ActionCancelled, DuplicateAction."""
        return await (await self.start(request, workflow_id=workflow_id)).result()

    async def start(self, request: Q, *, workflow_id: str = "") -> Started[R]:
        """Start the action; where one of the same id has ever been started, DuplicateAction is raised."""
        return Started(await self._start(request, workflow_id or self._new_id(request)))

    def get(self, workflow_id: str) -> Started[R]:
        """An action that was started before, perhaps by another process."""
        return Started(self._handle(workflow_id))

    def _handle(self, workflow_id: str) -> WorkflowHandle[Any, R]:
        return self._client.get_workflow_handle_for(self._workflow, workflow_id)

    async def _start(self, request: Q, workflow_id: str) -> WorkflowHandle[Any, R]:
        try:
            return await self._client.start_workflow(
                self._workflow,
                request,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=_summary(request),
                static_details=_details(request),
                memo=_memo(request),
            )
        except WorkflowAlreadyStartedError as error:
            raise DuplicateAction(workflow_id) from error


class WaitAction(Action[Q, W]):
    """An action that waits for people."""

    @property
    def _result_type(self) -> type[W]:
        result_type: type[W] = get_type_hints(self._workflow)["return"]
        return result_type

    async def start(self, request: Q, *, workflow_id: str = "") -> StartedWait[W]:
        """Start the action; where one of the same id has ever been started, DuplicateAction is raised."""
        return StartedWait(await self._start(request, workflow_id or self._new_id(request)), self._result_type)

    def get(self, workflow_id: str) -> StartedWait[W]:
        """A wait that was started before, perhaps by another process."""
        return StartedWait(self._handle(workflow_id), self._result_type)


def _summary(request: Request) -> str:
    """What Temporal's UI shows beside the workflow, as Markdown."""
    if isinstance(request, SendEmailRequest | ForwardEmailRequest):
        people = ", ".join(one.address for one in request.recipients)
        return plain(f"{request.subject} — {people}"[:_SUMMARY_CHARACTERS])
    return plain(f"case {request.case_id}"[:_SUMMARY_CHARACTERS])


def _details(request: Request) -> str:
    """What Temporal's UI shows below it, as Markdown."""
    rows = {"case": request.case_id, "alert groups": ", ".join(request.alert_group_identifiers)}
    if isinstance(request, SendEmailRequest | ForwardEmailRequest):
        rows |= {role: ", ".join(one.address for one in getattr(request, role)) for role in ("recipients", "cc", "bcc")}
        rows["subject"] = request.subject
    lines = (f"- {name}: {plain(value)}" for name, value in rows.items() if value)
    return "\n".join(lines)[:_DETAILS_CHARACTERS]


def _memo(request: Request) -> dict[str, str]:
    """What goes along with every listing of the workflow."""
    return {"case_id": request.case_id, "action": type(request).__name__.removesuffix("Request")}
