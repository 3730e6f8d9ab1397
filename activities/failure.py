"""What Temporal's callers read when something fails: `contract.md`, "Failures"."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio.exceptions import ActivityError, ApplicationError

from mail.errors import MailError, ServerUnavailable
from models.json import is_array, is_object
from models.pattern import INVALID_PATTERN
from models.request import Result
from models.wait_state import TAGS

INVALID_REQUEST = "InvalidRequest"
# A failure travels in one payload of at most 2 MiB; names and texts of a request may be longer than that.
_LONGEST = 300
_MOST_LINES = 50
# Characters, of which one takes six octets in JSON at worst.
_LONGEST_DETAILS = 200_000


def failure_of(error: MailError) -> ApplicationError:
    """A mail error as Temporal carries it."""
    details = [_carried(error.details)] if error.details else []
    return ApplicationError(
        error.message,
        *details,
        type=error.type,
        non_retryable=not error.retryable,
        next_retry_delay=_retry_delay(error),
    )


def _retry_delay(error: MailError) -> timedelta | None:
    """When the server wants to be asked again; None leaves it to the back-off of the call."""
    if isinstance(error, ServerUnavailable) and error.retry_after:
        return timedelta(seconds=error.retry_after)
    return None


def _carried(details: object) -> object:
    """Details as they are; where they are too many or too long to travel, what they begin with."""
    return details if len(repr(details)) <= _LONGEST_DETAILS else _shortened(details)


def _shortened(value: object) -> object:
    if isinstance(value, str):
        return value[:_LONGEST]
    if is_object(value):
        return {name: _shortened(one) for name, one in value.items()}
    return [_shortened(one) for one in value[:_MOST_LINES]] if is_array(value) else value


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
    faults = [{"field": _field(line), "message": _reason(line)} for line in lines[:_MOST_LINES]]
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


def _reason(line: Mapping[str, Any]) -> str:
    # pydantic tells every ValueError with its name before it.
    return str(line["msg"]).removeprefix("Value error, ")[:_LONGEST]
