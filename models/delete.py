"""Delete Email."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from models.argument import Folders, Line
from models.change import ChangeRequest, FailedMessage, FolderMark, MessageIds, Outcome
from models.find import Criteria
from models.folder import FolderOutcome
from models.request import Message, Request, Result

NO_WAY = "the server cannot remove single messages (UIDPLUS, RFC 4315), and there is no trash folder"
# A hundred years; dates must not leave the calendar.
MOST_DAYS = 36_500


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("days", "it must be a number of days")
    return value


Days = Annotated[int, BeforeValidator(_no_flag), Field(ge=0, le=MOST_DAYS)]


class DeleteEmailRequest(Request):
    """Delete messages; the criteria that are given all have to hold."""

    folder_name: Folders
    message_i_ds: Annotated[MessageIds, Field(description="each of them is deleted, wherever it is found")] = ()
    subject_filter: Annotated[Line, Field(description="the subject contains this")] = ""
    sender_filter: Annotated[Line, Field(description="From contains this")] = ""
    recipient_filter: Annotated[Line, Field(description="To or Cc contains this")] = ""
    days_back: Annotated[Days | None, Field(description="came today (0) or on one of so many days before, by UTC")] = (
        None
    )
    delete_all_matching_emails: Annotated[
        bool, Field(description="false: only the newest match, unless message_i_ds name each one")
    ] = False
    dry_run: Annotated[bool, Field(description="say what would be deleted, and delete nothing")] = False

    @model_validator(mode="after")
    def _refuse_all_mail(self) -> Self:
        if self.days_back is None and self._matching().empty:
            raise ValueError(
                "without message_i_ds, subject_filter, sender_filter, recipient_filter or days_back any message "
                "would be deleted: give one of them"
            )
        return self

    @property
    def only_newest(self) -> bool:
        """Whether one message is meant, and no Message-ID says which."""
        return not (self.delete_all_matching_emails or self.message_i_ds)

    def criteria(self, now: datetime) -> Criteria:
        """Which messages are meant."""
        if self.days_back is None:
            return self._matching()
        return self._matching(_midnight(now) - timedelta(days=self.days_back))

    def _matching(self, since: datetime | None = None) -> Criteria:
        return Criteria(
            message_ids=self.message_i_ds,
            subject=self.subject_filter,
            sender=self.sender_filter,
            recipient=self.recipient_filter,
            since=since,
        )


class DeletedMessage(Message):
    """A message that was deleted, or would be."""

    message_id: str
    folder: str
    subject: str
    original: Annotated[
        Literal["removed", "flagged_deleted"],
        Field(description="flagged_deleted: the server cannot remove single messages, the original is left hidden"),
    ] = "removed"
    moved_to: Annotated[str | None, Field(description="the trash, where the server can only move there")] = None


class DeleteEmailResult(Result):
    """What was deleted and what was not."""

    status: Literal["deleted", "partially_deleted", "not_deleted", "nothing_found", "dry_run"]
    deleted: tuple[DeletedMessage, ...] = ()
    would_delete: Annotated[tuple[DeletedMessage, ...], Field(description="of a dry run")] = ()
    failed: tuple[FailedMessage, ...] = ()
    truncated: Annotated[bool, Field(description="there are more than one run deletes")] = False
    folders: tuple[FolderOutcome, ...] = ()


class Disposal(Message):
    """How this server can delete: single messages for good, or by way of a trash folder if it has one."""

    expunges: bool
    trash: FolderMark | None = None


class DeleteRequest(ChangeRequest):
    """Delete these messages."""

    disposal: Disposal


class Deleted(Message):
    """What became of each message, in the order of the request, and how far the trash is now."""

    outcomes: tuple[Outcome, ...]
    disposal: Disposal


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC)
