"""A wait as it continues as new: all that it knows, in one model."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Tag
from typing_extensions import TypeAliasType

from models.content import EmailContent
from models.folder import FolderOutcome
from models.json import is_object
from models.request import Message
from models.send import SendEmailResult
from models.send_and_wait import SendEmailAndWaitRequest
from models.wait import (
    AwaitedLetter,
    Excluded,
    LateReplyRoute,
    MessagePointer,
    Response,
    WaitArguments,
    WaitForEmailFromUserRequest,
)


class ConversationState(Message):
    """Who has answered and what has been seen."""

    responses: tuple[Response, ...]
    excluded: tuple[Excluded, ...] = ()
    more_excluded: int = 0
    seen: tuple[str, ...] = ()


class WaitState(BaseModel):
    """Everything a wait knows besides its request and its conversation; the one model that changes as time goes by."""

    model_config = ConfigDict(extra="ignore")

    letter: AwaitedLetter
    subject: str = ""  # of the letter; empty = not known yet
    deadline: datetime
    looked_at: datetime | None = None
    next_look: datetime
    look_interval: timedelta
    folders: tuple[FolderOutcome, ...] = ()
    reminders_sent: int = 0
    reminder_asked: bool = False
    reminder_content: EmailContent | None = None  # of the one that is asked for; null = the usual words
    extend_on_absence: int = 0  # minutes; what the worker's policy says
    late_replies: LateReplyRoute | None = None
    has_search_attributes: bool = False  # Temporal
    extended_minutes: int = 0  # by which an absence has put the deadline off
    note: str = ""  # the last thing that failed on the way
    sent: SendEmailResult | None = None


class Waited(Message):
    """What a run hands to the next: what it knows, what it was told, and what it has not read yet."""

    wait: WaitState
    conversation: ConversationState
    pointers: tuple[MessagePointer, ...] = ()


AnyWaitRequest = TypeVar("AnyWaitRequest", bound=WaitArguments)


class Continued(Message, Generic[AnyWaitRequest]):
    """A wait's request together with what the wait already knows."""

    request: AnyWaitRequest
    waited: Waited


# The two things a waiting workflow starts from; the tags must not show in what a caller reads.
TAGS = ("request", "continued")


def _tag(value: Any) -> str:
    continued = isinstance(value, Continued) or (is_object(value) and value.keys() == {"request", "waited"})
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
