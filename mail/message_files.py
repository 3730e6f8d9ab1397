"""The files of a received message, streamed one after the other to where they are kept."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import BinaryIO, Generic, TypeVar

from mail.body import Attachment, attachments
from mail.errors import AttachmentTooLarge, FolderNotFound, MessageNotFound
from mail.filename import filename_candidates
from mail.imap.session import ImapSession
from mail.part_stream import part_octets
from mail.safe_name import safe_name
from mail.spool import Digest, Spool
from mail.transfer import transfer_decoder
from models.attachment import Attachment as Listed
from models.attachment import FailedAttachment, FailureReason, KeptAttachment
from models.wait import MessagePointer

T = TypeVar("T")

# Nobody sends more; the outcome of each has to fit into a result.
MOST_FILES = 200
# The name a sender gives is data; what is longer is no name.
_ORIGINAL_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class MessageFile:
    """An attachment before it is loaded; `number` is its place among those of the message."""

    attachment: Attachment
    number: int

    @property
    def content_type(self) -> str:
        """As the sender says."""
        return self.attachment.part.content_type

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that it claims, best first."""
        claimed = filename_candidates(self.attachment.part)
        return tuple(name.encode("utf-8", "replace").decode()[:_ORIGINAL_CHARACTERS] for name in claimed)

    @property
    def safe_name(self) -> str:
        """The name to keep it under."""
        return safe_name(next(iter(self.names), ""), self.content_type, self.number)

    @property
    def is_saved(self) -> bool:
        """All but nameless texts that readers show below the message; pictures within it may hide a QR code."""
        shown = self.attachment.inline and not self.names
        return not (shown and self.content_type in {"text/plain", "text/html", "text/enriched"})

    @property
    def listed(self) -> Listed:
        """As it is told of before it is loaded."""
        return Listed(
            filename=next(iter(self.names), ""),
            content_type=self.content_type,
            size=self.attachment.part.size,
            inline=self.attachment.inline,
        )

    def matching(self, wanted: Collection[str]) -> tuple[str, ...]:
        """Those of the wanted names that mean this file."""
        own = {name.casefold() for name in (*self.names, self.safe_name)}
        return tuple(name for name in wanted if name.casefold() in own)

    def kept(self, digest: Digest, filename: str, pointer: MessagePointer) -> KeptAttachment:
        """What is to be told of it once it is kept."""
        return KeptAttachment(
            filename=filename,
            original_filename=next(iter(self.names), ""),
            conflicting_filenames=self.names[1:],
            size=digest.size,
            content_type=self.content_type,
            detected_type=digest.detected_type,
            sha256=digest.sha256,
            md5=digest.md5,
            message_id=pointer.message_id,
            folder=pointer.folder,
        )


@dataclass(frozen=True, slots=True)
class FileOutcome(Generic[T]):
    """What became of one file: kept, or why not."""

    file: MessageFile
    kept: T | None = None
    reason: FailureReason | None = None


async def message_files(session: ImapSession, pointer: MessagePointer) -> tuple[MessageFile, ...]:
    """The files of a message, its folder opened for them; MessageNotFound when it is not there any more."""
    try:
        status = await session.examine(pointer.folder)
    except FolderNotFound:
        status = None
    same = status is not None and status.uid_validity == pointer.uid_validity
    for message in await session.fetch((pointer.uid,), ("BODYSTRUCTURE",)) if same else ():
        listed = attachments(message.structure) if message.structure else ()
        return tuple(MessageFile(attachment, number) for number, attachment in enumerate(listed, start=1))
    raise MessageNotFound(f"{pointer.message_id or pointer.identity} is not in {pointer.folder!r} any more")


async def receive(session: ImapSession, uid: int, file: MessageFile, into: BinaryIO, limit: int) -> Digest:
    """Write a file of the open folder's message, decoded."""
    part = file.attachment.part
    async with aclosing(part_octets(session, uid, part)) as octets:
        return await Spool(into, transfer_decoder(part.encoding), limit).fill(octets)


async def keep_each(
    files: Sequence[MessageFile], keep: Callable[[MessageFile], Awaitable[T]]
) -> AsyncGenerator[FileOutcome[T], None]:
    """Keep one file after the other; one that cannot be had does not stop the rest."""
    gone = False
    for place, file in enumerate(files[: MOST_FILES + 1]):
        if gone or place == MOST_FILES:
            yield FileOutcome(file, reason="message_gone" if gone else "too_many")
            continue
        try:
            yield FileOutcome(file, await keep(file))
        except AttachmentTooLarge:
            yield FileOutcome(file, reason="too_large")
        except MessageNotFound:
            gone = True
            yield FileOutcome(file, reason="message_gone")


def failures(outcomes: Sequence[FileOutcome[T]], pointer: MessagePointer) -> tuple[FailedAttachment, ...]:
    """Those that could not be kept, as they are told."""
    return tuple(
        FailedAttachment(
            message_id=pointer.message_id, filename=one.file.safe_name, folder=pointer.folder, reason=one.reason
        )
        for one in outcomes
        if one.reason
    )


def message_gone(pointer: MessagePointer) -> FailedAttachment:
    """No file of the message could be had, because it is not there any more."""
    return FailedAttachment(message_id=pointer.message_id, folder=pointer.folder, reason="message_gone")
