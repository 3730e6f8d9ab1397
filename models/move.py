"""Move Email To Folder."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.argument import Folders, Line, RequiredLine, folder_key
from models.change import ChangeRequest, FailedMessage, FolderMark, MessageIds, Outcome
from models.find import Criteria
from models.folder import FolderOutcome
from models.request import Message, Request, Result


class MoveEmailToFolderRequest(Request):
    """Move messages to another folder; the criteria that are given all have to hold."""

    source_folder_name: Folders
    destination_folder_name: Annotated[
        RequiredLine, Field(description=r"it must exist; `\Archive`, `\Trash`, `\Junk`: the folder of that use")
    ]
    message_i_ds: Annotated[MessageIds, Field(description="each of them is moved, wherever it is found")] = ()
    subject_filter: Annotated[Line, Field(description="the subject contains this")] = ""
    only_unread: bool = False
    dry_run: Annotated[bool, Field(description="say what would be moved, and move nothing")] = False

    @model_validator(mode="after")
    def _refuse_all_mail(self) -> Self:
        if self.criteria.empty:
            raise ValueError(
                "without message_i_ds, subject_filter or only_unread every message would be moved: give one of them"
            )
        return self

    @model_validator(mode="after")
    def _refuse_same_folder(self) -> Self:
        if folder_key(self.destination_folder_name) in self.source_folder_name:
            raise ValueError("destination_folder_name is one of source_folder_name")
        return self

    @property
    def criteria(self) -> Criteria:
        """Which messages are meant."""
        return Criteria(message_ids=self.message_i_ds, subject=self.subject_filter, only_unread=self.only_unread)


class MovedMessage(Message):
    """A message that was moved, or would be."""

    message_id: str
    folder: str
    subject: str
    destination: str
    original: Annotated[
        Literal["removed", "flagged_deleted"],
        Field(description="flagged_deleted: the server cannot remove single messages, the original is left hidden"),
    ] = "removed"


class MoveEmailToFolderResult(Result):
    """What was moved and what was not."""

    status: Literal["moved", "partially_moved", "not_moved", "nothing_found", "dry_run"]
    moved: tuple[MovedMessage, ...] = ()
    would_move: Annotated[tuple[MovedMessage, ...], Field(description="of a dry run")] = ()
    failed: tuple[FailedMessage, ...] = ()
    truncated: Annotated[bool, Field(description="there are more than one run moves")] = False
    folders: tuple[FolderOutcome, ...] = ()


class DestinationRequest(Message):
    """Make sure that a folder is there to be moved to."""

    account: str
    folder: str


class MoveRequest(ChangeRequest):
    """Move these messages; copies that came after the mark are of an earlier attempt."""

    destination: FolderMark


class Moved(Message):
    """What became of each message, in the order of the request, and how far the destination is now."""

    outcomes: tuple[Outcome, ...]
    destination: FolderMark
