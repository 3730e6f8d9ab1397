"""What this project is to Temporal: how it reads input, where workflows are isolated, which there are.

One plugin serves client, worker, test environment and replayer, so that none of them can disagree.
"""

import asyncio
import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Self, get_type_hints

from pydantic import TypeAdapter, ValidationError
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    ActivitySerializationContext,
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleQueryInput,
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.failure import failure_of, failure_of_defect, failure_of_workflow, refused_request
from activities.heartbeat import pulse
from activities.unknown import unknown_activity
from codec import Undecipherable, UndecipherableConverter, encrypted
from encryption import Encryption
from mail.errors import MailError
from workflows.catalogue import WORKFLOWS
from workflows.unknown import UnknownWorkflow

# Passed through together or not at all: a model loaded twice is two classes, and isinstance fails.
PASSED_THROUGH = (
    "models",
    "mail",
    "activities",
    "pydantic",
    "pydantic_core",
    "email_validator",
    "re2",
    "opentelemetry",
)

# A defect of ours seldom mends itself: an action must not hang for hours on it.
DEFECT_ATTEMPTS = 3


class _Refused:
    """Stands in for an argument that could not be read; the interceptor raises it."""

    def __init__(self, error: ApplicationError | Undecipherable) -> None:
        self.error = error


def _readable(arguments: Sequence[object]) -> None:
    """Raise what reading an argument came to."""
    for argument in arguments:
        if isinstance(argument, _Refused):
            raise argument.error


class _InContext(WithSerializationContext):
    """Knows what it is read for: a workflow, an activity, a client."""

    _context: SerializationContext | None = None

    def with_context(self, context: SerializationContext) -> Self:
        clone = copy.copy(self)
        clone._context = context  # noqa: SLF001 it is this class's own
        return clone


class _StrictJson(PydanticJSONPlainPayloadConverter, _InContext):
    """JSON to models; what does not fit ends the call for good instead of failing the task for ever."""

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        try:
            return super().from_payload(payload, type_hint)
        except ValueError as error:  # pydantic's ValidationError is one, bad JSON another
            refusal = refused_request(error)
        # Raised here, outside the except, it does not carry the input along as its cause.
        if self._reads_activity_input:
            return _Refused(refusal)
        raise refusal

    @property
    def _reads_activity_input(self) -> bool:
        """The SDK reads it outside its error handling: an error raised here would be retried for ever."""
        inside = workflow.in_workflow() or activity.in_activity()
        return isinstance(self._context, ActivitySerializationContext) and not inside


def _reads_for_workflow() -> bool:
    """A workflow's input is read in a thread before its loop runs; a client always has a loop of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return workflow.in_workflow()


class _StillEncrypted(UndecipherableConverter, _InContext):
    """What a workflow is told and cannot read is left to the interceptor: the SDK would drop such a signal."""

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        try:
            return super().from_payload(payload, type_hint)
        except Undecipherable as error:
            if isinstance(self._context, WorkflowSerializationContext) and _reads_for_workflow():
                return _Refused(error)
            raise


class StrictPayloadConverter(CompositePayloadConverter):
    """Temporal's converter with models read strictly, whatever encoding they come in."""

    def __init__(self) -> None:
        converters = DefaultPayloadConverter.default_encoding_payload_converters
        strict = (_StrictJson() if isinstance(one, JSONPlainPayloadConverter) else one for one in converters)
        super().__init__(*strict, _StillEncrypted())

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        values = super().from_payloads(payloads, type_hints)
        # null and bytes travel in encodings of their own, past the JSON converter and its checks.
        for payload, value, hint in zip(payloads, values, type_hints or [], strict=False):
            if payload.metadata.get("encoding") in (b"binary/null", b"binary/plain"):
                _check(value, hint)
        return values


def _check(value: object, hint: type) -> None:
    try:
        TypeAdapter(hint).validate_python(value)
    except ValidationError as error:
        raise refused_request(error) from None


def _bind(function: Callable[..., Any], *arguments: object) -> None:
    """Refuse a call whose number of inputs does not fit."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        wanted = len(get_type_hints(function).keys() - {"return"})
        raise refused_request(f"expected {wanted} input(s)") from None


class _CheckedWorkflow(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 the SDK's name
        try:
            _readable(input.args)
        except Undecipherable as error:
            if workflow.unsafe.is_replaying():  # it has begun: it waits until the key is there again
                raise
            raise refused_request(str(error)) from None
        _bind(input.run_fn, None, *input.args)
        try:
            return await super().execute_workflow(input)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            raise failure_of_workflow(error) from error

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 the SDK's name
        _readable(input.args)
        handler = getattr(workflow.instance(), input.signal, None)
        if handler is not None:
            # Nobody hears of a signal's error: raised, it would fail the task for ever. Who says stop means it,
            # however much is said beside it.
            input.args = input.args[: len(inspect.signature(handler).parameters)]
            try:
                _bind(handler, *input.args)
            except ApplicationError as refusal:
                workflow.logger.warning("Signal %s is dropped: %s", input.signal, refusal.message)
                return
        await super().handle_signal(input)

    async def handle_query(self, input: HandleQueryInput) -> Any:  # noqa: A002 the SDK's name
        _readable(input.args)
        return await super().handle_query(input)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002 the SDK's name
        self._bind_update(input)
        super().handle_update_validator(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 the SDK's name
        self._bind_update(input)
        return await super().handle_update_handler(input)

    @staticmethod
    def _bind_update(call: HandleUpdateInput) -> None:
        _readable(call.args)
        handler = getattr(workflow.instance(), call.update, None)
        if handler is not None:
            _bind(handler, *call.args)


class _CheckedActivity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 the SDK's name
        _readable(input.args)
        _bind(input.fn, *input.args)
        try:
            async with pulse():
                return await super().execute_activity(input)
        except MailError as error:
            raise failure_of(error) from error
        except (ApplicationError, RPCError):
            raise
        except Exception as error:
            raise failure_of_defect(error, final=activity.info().attempt >= DEFECT_ATTEMPTS) from error


class CheckedInput(Interceptor):
    """Bad input ends a workflow, an update or an activity at once, and mail's errors get their names."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _CheckedActivity(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        return _CheckedWorkflow


def _sandboxed(_runner: WorkflowRunner | None) -> WorkflowRunner:
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


data_converter = DataConverter(payload_converter_class=StrictPayloadConverter)


def mail_plugin(encryption: Encryption = Encryption()) -> SimplePlugin:  # noqa: B008 it is frozen
    """The plugin for a client, a worker, a test environment or a replayer."""
    return SimplePlugin(
        "durable-mail",
        data_converter=encrypted(data_converter, encryption),
        interceptors=[CheckedInput()],
        workflows=[*WORKFLOWS, UnknownWorkflow],
        activities=[unknown_activity],
        workflow_runner=_sandboxed,
    )
