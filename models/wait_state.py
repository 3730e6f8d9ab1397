"""A wait as it continues as new: all that it knows, in one model."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Discriminator, Tag
from typing_extensions import TypeAliasType

from models.folder import FolderOutcome
from models.json import is_object
from models.request import Message
from models.send import SendEmailResult
from models.send_and_wait import SendEmailAndWaitRequest
from models.wait import (
    AwaitedLetter,
    Excluded,
    MessagePointer,
    Response,
    WaitArguments,
    WaitForEmailFromUserRequest,
)


class ConversationState(Message):
    """Who has answered and what has been seen."""

    responses: tuple[Response, ...]
    excluded: tuple[Excluded, ...] = ()
    seen: tuple[str, ...] = ()


class WaitState(Message):
    """Everything a wait carries from run to run, less its request."""

    letter: AwaitedLetter
    subject: str
    deadline: datetime
    conversation: ConversationState
    pointers: tuple[MessagePointer, ...] = ()  # pointed to and not read yet
    folders: tuple[FolderOutcome, ...] = ()
    reminders_sent: int = 0
    reminder_asked: bool = False
    stopped: str | None = None
    note: str = ""
    next_look: datetime
    look_interval: timedelta
    sent: SendEmailResult | None = None


AnyWaitRequest = TypeVar("AnyWaitRequest", bound=WaitArguments)


class Continued(Message, Generic[AnyWaitRequest]):
    """A wait's request together with what the wait already knows."""

    request: AnyWaitRequest
    state: WaitState


# The two things a waiting workflow starts from; the tags must not show in what a caller reads.
TAGS = ("request", "continued")


def _tag(value: Any) -> str:
    continued = isinstance(value, Continued) or (is_object(value) and value.keys() == {"request", "state"})
    return "continued" if continued else "request"


WaitForEmailFromUserInput = TypeAliasType(
    "WaitForEmailFromUserInput",
    Annotated[
        Annotated[WaitForEmailFromUserRequest, Tag("request")]
        | Annotated[Continued[WaitForEmailFromUserRequest], Tag("continued")],
        Discriminator(_tag),
    ],
)
SendEmailAndWaitInput = TypeAliasType(
    "SendEmailAndWaitInput",
    Annotated[
        Annotated[SendEmailAndWaitRequest, Tag("request")]
        | Annotated[Continued[SendEmailAndWaitRequest], Tag("continued")],
        Discriminator(_tag),
    ],
)
