"""What can come of an action besides its result.

ClientError
├── ActionFailed       it ended as failed; `type` is one of `contract.md`, "Failures"
├── ActionCancelled    somebody cancelled or terminated it
├── DuplicateAction    the same action has been started before
├── UnknownAction      no action has this id, or none of this kind
└── TemporalUnavailable    nothing answers where Temporal should be
"""

from typing import Any

from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ActivityError, ApplicationError


class ClientError(Exception):
    """An action has no result."""


class ActionFailed(ClientError):
    """The action failed: `type` for programs, the message for people, `details` where there are any."""

    def __init__(self, error: ApplicationError) -> None:
        super().__init__(error.message)
        self.type = error.type or "Unknown"
        self.message = error.message
        self.details: tuple[Any, ...] = tuple(error.details)


class ActionCancelled(ClientError):
    """The action was cancelled, terminated or ran out of time."""


class DuplicateAction(ClientError):
    """The same action has been started before: follow that one, or give this one another id."""

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"{workflow_id} has been started before: follow that one, or give this one another id")
        self.workflow_id = workflow_id


class UnknownAction(ClientError):
    """No action has this id, or it is not one of this kind, or it has ended."""


class TemporalUnavailable(ClientError):
    """Temporal cannot be reached: whoever asked may ask again."""


def client_error(failure: WorkflowFailureError | WorkflowUpdateFailedError) -> ClientError:
    """Temporal's account of a failure as this client's."""
    cause: BaseException | None = failure.cause
    if isinstance(cause, ActivityError):
        cause = cause.cause
    return ActionFailed(cause) if isinstance(cause, ApplicationError) else ActionCancelled(str(cause))
