"""The client for SOARs: `MailClient` and what its actions raise."""

from client.action import Action, Started, StartedWait, WaitAction
from client.errors import (
    ActionCancelled,
    ActionFailed,
    ClientError,
    DuplicateAction,
    TemporalUnavailable,
    UnknownAction,
)
from client.mail import MailClient
from client.waits import Waits

__all__ = [
    "Action",
    "ActionCancelled",
    "ActionFailed",
    "ClientError",
    "DuplicateAction",
    "MailClient",
    "Started",
    "StartedWait",
    "TemporalUnavailable",
    "UnknownAction",
    "WaitAction",
    "Waits",
]
