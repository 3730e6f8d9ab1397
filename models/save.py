"""Save Email Attachments To Case."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.argument import Folders, Names
from models.attachment import Attachment, FailedAttachment, KeptAttachment
from models.change import MessageIds
from models.find import Criteria
from models.folder import FolderOutcome
from models.request import Message, Request, Result
from models.wait import MessagePointer


class SaveEmailAttachmentsToCaseRequest(Request):
    """Save the attachments of messages to the case's storage."""

    folder_name: Folders
    message_id: Annotated[MessageIds, Field(description="one or several")] = ()
    attachment_to_save: Annotated[
        Names, Field(description="only those of these names, in any case of letters; none given = all")
    ] = ()

    @model_validator(mode="after")
    def _refuse_all_mail(self) -> Self:
        if self.criteria.empty:
            raise ValueError("without message_id every message would be meant: give it")
        return self

    @property
    def criteria(self) -> Criteria:
        """Which messages are meant."""
        return Criteria(message_ids=self.message_id)


class SavedAttachment(KeptAttachment):
    """A file in the case's storage."""

    uri: str


class ManifestEntry(SavedAttachment):
    """One line of a case's manifest."""

    saved_at: datetime


class SaveEmailAttachmentsToCaseResult(Result):
    """What was saved, and what was not."""

    status: Literal["saved", "partially_saved", "not_saved", "nothing_found"]
    saved: Annotated[
        tuple[SavedAttachment, ...],
        Field(description="everything but the texts of the message: pictures within it and mails in it, too"),
    ] = ()
    failed: tuple[FailedAttachment, ...] = ()
    truncated: Annotated[bool, Field(description="there is more than one run saves")] = False
    folders: tuple[FolderOutcome, ...] = ()


class SaveMessageRequest(Message):
    """Save the attachments of this message; without names, all of them."""

    account: str
    case_id: str
    pointer: MessagePointer
    names: tuple[str, ...] = ()


class SavedMessage(Message):
    """What became of the attachments of one message, and which of the names it has."""

    saved: tuple[SavedAttachment, ...] = ()
    failed: tuple[FailedAttachment, ...] = ()
    matched: tuple[str, ...] = ()


class SaveReplyRequest(Message):
    """Save the attachments of an answer."""

    account: str
    case_id: str
    pointer: MessagePointer


class SavedReply(Message):
    """The attachments of an answer, each with where it was saved, or why not."""

    attachments: tuple[Attachment, ...]
