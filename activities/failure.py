"""What Temporal's callers read when something fails: `contract.md`, "Failures"."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from temporalio.exceptions import ActivityError, ApplicationError

from mail.errors import MailError, ServerUnavailable
from models.pattern import INVALID_PATTERN
from models.request import Result
from models.wait_state import TAGS

INVALID_REQUEST = "InvalidRequest"
# A failure travels in one payload of at most 2 MiB; names and texts of a request may be longer than that.
_LONGEST = 300
_MOST_LINES = 50


def failure_of(error: MailError) -> ApplicationError:
    """A mail error as Temporal carries it."""
    details = [error.details] if error.details else []
    return ApplicationError(error.message, *details, type=error.type, non_retryable=not error.retryable)


def failure_of_defect(error: Exception, *, final: bool) -> ApplicationError:
    """An error that nobody expected; it is told by its own name."""
    return ApplicationError(f"{type(error).__name__}: {error}", type=type(error).__name__, non_retryable=final)


def failure_of_workflow(error: ActivityError, so_far: Result | None = None) -> ApplicationError:
    """An activity's last failure as that of its workflow, so that a caller reads its type at the top.

    `so_far` joins the details: what was known by then must not be lost.
    """
    cause = error.cause
    known = [so_far] if so_far is not None else []
    if isinstance(cause, ApplicationError):
        return ApplicationError(
            cause.message, *cause.details, *known, type=cause.type, non_retryable=cause.type != ServerUnavailable.type
        )
    return ApplicationError(f"{error.activity_type} did not end in time: {cause}", *known, type=ServerUnavailable.type)


def refused_request(reason: ValidationError | ValueError | str) -> ApplicationError:
    """Bad input, every wrong field named; retrying cannot help."""
    if not isinstance(reason, ValidationError):
        return ApplicationError(f"invalid request: {reason}", type=INVALID_REQUEST, non_retryable=True)
    lines = reason.errors(include_url=False, include_input=False, include_context=False)
    faults = [{"field": _field(line), "message": line["msg"][:_LONGEST]} for line in lines[:_MOST_LINES]]
    sentence = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults)
    only_pattern = all(line["type"] == INVALID_PATTERN for line in lines)
    return ApplicationError(
        f"invalid request: {sentence}",
        faults,
        type="InvalidPattern" if only_pattern else INVALID_REQUEST,
        non_retryable=True,
    )


def _field(line: Mapping[str, Any]) -> str:
    names = [str(step) for step in line["loc"] if step not in TAGS]
    return ".".join(names)[:_LONGEST] or "input"
