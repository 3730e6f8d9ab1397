"""The worker's log: a line for each thing that happened, and in fields of their own what it happened to.

Neither what people write nor a secret is ever part of it: requests are asked for a few names only, and the debug
logs of libraries, which show what goes over the wire, stay off.
"""

import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import temporalio.client
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from mail.trace import account_at_work
from observation.settings import Log

OURS = ("activities", "census", "client", "codec_server", "mail", "worker", "workflows")
# What a request may be asked for, and where in it that may stand.
_NAMES = ("case_id", "account", "message_id")
_PARTS = ("request", "letter", "pointer")
# As the SDK calls them in what it adds to a record.
_SDK_NAMES = {
    "workflow_id": "workflow_id",
    "workflow_run_id": "run_id",
    "run_id": "run_id",
    "activity_type": "activity",
    "attempt": "attempt",
}
_FIELDS = (*_NAMES, *dict.fromkeys(_SDK_NAMES.values()), "seconds", "status")

_subject: ContextVar[Mapping[str, object]] = ContextVar("subject")


def begin_log(log: Log) -> None:
    """Write the log as the settings want it."""
    level = logging.getLevelNamesMapping()[log.level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log.format == "json" else TextLines())
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler], force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    # Both would put into the message what has fields of its own.
    activity.logger.activity_info_on_message = False
    workflow.logger.workflow_info_on_message = False


class _Lines(logging.Formatter):
    """A record as words for people and fields for programs."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        fields = _fields(record)
        if isinstance(error, ApplicationError):
            fields["error"] = f"{error.type}: {error.message}"
        elif record.exc_info and error is not None:  # a defect: only where it happened tells more
            fields["error"] = f"{type(error).__name__}: {error}"
            fields["stack"] = self.formatException(record.exc_info)
        return self.line(record, fields)

    def line(self, record: logging.LogRecord, fields: Mapping[str, object]) -> str:
        raise NotImplementedError


class JsonLines(_Lines):
    """A JSON object a line."""

    def line(self, record: logging.LogRecord, fields: Mapping[str, object]) -> str:
        """The record with its time in RFC 3339."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {
            "time": moment,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps({**head, **fields}, ensure_ascii=False, default=str)


class TextLines(_Lines):
    """A line for people."""

    def line(self, record: logging.LogRecord, fields: Mapping[str, object]) -> str:
        """The record with its fields behind it; who writes line breaks into a name does not write into the log."""
        head = f"{self.formatTime(record)} {record.levelname} {record.name} {record.getMessage()}"
        words = (f"{name}={value}" for name, value in fields.items() if name != "stack")
        line = " ".join((head, *words)).replace("\r", "\\r").replace("\n", "\\n")
        return f"{line}\n{fields['stack']}" if "stack" in fields else line


def _fields(record: logging.LogRecord) -> dict[str, object]:
    given = record.__dict__
    told: Mapping[str, object] = given.get("temporal_activity") or given.get("temporal_workflow") or {}
    known = {ours: told[theirs] for theirs, ours in _SDK_NAMES.items() if theirs in told}
    fields = {"account": account_at_work(), **_subject.get({}), **known, **given}
    return {name: fields[name] for name in _FIELDS if fields.get(name)}


def subject_of(inputs: Sequence[object]) -> dict[str, object]:
    """What a request is about: case, account and message, as far as it names them."""
    request = inputs[0] if inputs else None
    parts = (request, *(getattr(request, name, None) for name in _PARTS))
    named = {
        name: getattr(part, name, None) for part in reversed(parts) for name in _NAMES if getattr(part, name, None)
    }
    return {name: value for name, value in named.items() if isinstance(value, str)}


class _LoggedActivity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 the SDK's name
        info, began = activity.info(), time.monotonic()
        _subject.set(
            {
                "workflow_id": info.workflow_id,
                "activity": info.activity_type,
                "attempt": info.attempt,
                **subject_of(input.args),
            }
        )
        result = await super().execute_activity(input)  # the SDK logs what fails
        seconds = round(time.monotonic() - began, 3)
        activity.logger.info("%s done", info.activity_type, extra={"seconds": seconds})
        return result


class _LoggedWorkflow(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 the SDK's name
        name, subject = workflow.info().workflow_type, subject_of(input.args)
        workflow.logger.info("%s begins", name, extra=subject)
        try:
            result = await super().execute_workflow(input)
        except FailureError as error:
            workflow.logger.warning("%s fails", name, extra=subject, exc_info=error)
            raise
        workflow.logger.info("%s ends", name, extra={**subject, "status": getattr(result, "status", None)})
        return result


class LoggedWork(temporalio.client.Interceptor, Interceptor):
    """A line for each workflow that begins or ends, and each activity that is done; workers get it of their client."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Log what an activity comes to."""
        return _LoggedActivity(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """Log a workflow's beginning and end."""
        return _LoggedWorkflow
