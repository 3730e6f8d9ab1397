"""Search Email."""

from typing import Annotated, Literal

from pydantic import Field

from models.argument import Folders, Line, Minutes
from models.email import Email
from models.folder import FolderOutcome
from models.request import Message, Request, Result

# More than a person reads or a playbook handles; with a thousand in it, a result still holds a page of each.
MOST_EMAILS = 1000


class SearchEmailRequest(Request):
    """Find messages that came within a time, newest first."""

    folder_name: Folders
    time_frame_minutes: Minutes
    max_emails_to_return: Annotated[int, Field(ge=1, le=MOST_EMAILS)]
    subject_filter: Line = ""
    sender_filter: Line = ""
    recipient_filter: Annotated[Line, Field(description="in To or Cc")] = ""
    only_unread: bool = False


class EmailsFound(Message):
    """What a search found, no larger than a result may be."""

    account: str
    emails: tuple[Email, ...]
    truncated: bool
    folders: tuple[FolderOutcome, ...]


class SearchEmailResult(Result):
    """The messages that were found, newest first."""

    status: Literal["found", "nothing_found"]
    emails: tuple[Email, ...] = ()
    truncated: Annotated[bool, Field(description="more messages match than are returned")] = False
    folders: tuple[FolderOutcome, ...] = ()
