"""Messages that an action is about, found before anything is done to them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from models.folder import FolderOutcome
from models.request import Message
from models.wait import MessagePointer


class Criteria(Message):
    """Which messages are meant; those given all hold, message ids name one message each."""

    message_ids: tuple[str, ...] = ()
    subject: str = ""
    sender: str = ""
    recipient: str = ""
    only_unread: bool = False
    since: datetime | None = None  # when the server took the message in, to the second

    @property
    def empty(self) -> bool:
        """Whether every message would be meant."""
        return self == Criteria()


class FindRequest(Message):
    """Find messages in folders, newest first."""

    account: str
    folders: tuple[str, ...]
    criteria: Criteria
    limit: int


class FoundMessage(Message):
    """One message, as it is told and found again."""

    pointer: MessagePointer
    subject: str
    sender: Annotated[str, Field(alias="from")]
    date: datetime


class FindResult(Message):
    """What was found, and which Message-IDs were not."""

    account: str
    found: tuple[FoundMessage, ...]
    missing: tuple[str, ...] = ()
    truncated: bool = False
    folders: tuple[FolderOutcome, ...]
    has_search_attributes: bool = False  # Temporal: setting what it lacks would fail the workflow's task for ever
