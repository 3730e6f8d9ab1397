"""DownloadEmailAttachments."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.argument import Folders, Line, RequiredLine
from models.attachment import FailedAttachment, KeptAttachment
from models.change import MessageIds
from models.find import Criteria
from models.folder import FolderOutcome
from models.request import Message, Request, Result
from models.wait import MessagePointer


class DownloadEmailAttachmentsRequest(Request):
    """Write the attachments of messages into a folder; the criteria that are given all have to hold."""

    folder_name: Folders
    download_path: Annotated[RequiredLine, Field(description="a folder under policy.download_roots; made if missing")]
    message_i_ds: Annotated[MessageIds, Field(description="the attachments of each of them")] = ()
    subject_filter: Annotated[Line, Field(description="the subject contains this")] = ""

    @model_validator(mode="after")
    def _refuse_all_mail(self) -> Self:
        if self.criteria.empty:
            raise ValueError("without message_i_ds or subject_filter every message would be meant: give one of them")
        return self

    @property
    def criteria(self) -> Criteria:
        """Which messages are meant."""
        return Criteria(message_ids=self.message_i_ds, subject=self.subject_filter)


class DownloadedAttachment(KeptAttachment):
    """A file in the download folder."""

    path: str


class DownloadEmailAttachmentsResult(Result):
    """What was written, and what was not."""

    status: Literal["downloaded", "partially_downloaded", "not_downloaded", "nothing_found"]
    downloaded: Annotated[
        tuple[DownloadedAttachment, ...],
        Field(description="everything but the texts of the message: pictures within it and mails in it, too"),
    ] = ()
    failed: tuple[FailedAttachment, ...] = ()
    truncated: Annotated[bool, Field(description="there is more than one run downloads")] = False
    folders: tuple[FolderOutcome, ...] = ()


class DownloadFolderRequest(Message):
    """Make sure that files may be written to a folder."""

    account: str
    download_path: str


class DownloadMessageRequest(DownloadFolderRequest):
    """Download the attachments of this message."""

    pointer: MessagePointer


class DownloadedMessage(Message):
    """What became of the attachments of one message."""

    downloaded: tuple[DownloadedAttachment, ...] = ()
    failed: tuple[FailedAttachment, ...] = ()
