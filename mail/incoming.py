"""A received message, read part by part: header and outline first, then only the texts (RFC 3501 §6.4.5)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from mail.body import Attachment, attachments, decode_part, html_part, text_part
from mail.headers import Headers
from mail.imap.response import FetchedMessage, FolderStatus
from mail.imap.session import ImapSession
from mail.structure import BodyPart
from models.wait import MessagePointer

# What a person writes ends long before; the rest of a text is history or an attack.
TEXT_OCTETS = 512 * 1024


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What one wants to know of a message without loading its files."""

    pointer: MessagePointer
    headers: Headers
    arrived: datetime
    size: int
    structure: BodyPart | None = None
    text: str = ""
    html: str = ""
    text_truncated: bool = False
    attachments: tuple[Attachment, ...] = field(default=())


async def read_message(session: ImapSession, folder: FolderStatus, uid: int) -> IncomingMessage | None:
    """Read a message of the open folder; None when it is gone."""
    items = ("RFC822.SIZE", "INTERNALDATE", "BODYSTRUCTURE", "BODY.PEEK[HEADER]")
    for message in await session.fetch((uid,), items):
        return await _with_texts(session, folder, message)
    return None


async def _with_texts(session: ImapSession, folder: FolderStatus, message: FetchedMessage) -> IncomingMessage:
    headers = Headers.read(message.sections.get("HEADER", b""))
    structure = message.structure or BodyPart(section="1", content_type="text/plain")
    parts = [part for part in (text_part(structure), html_part(structure)) if part]
    octets = await _octets(session, message.uid, parts)
    texts = {part.content_type: decode_part(part, octets.get(part.section, b"")) for part in parts}
    return IncomingMessage(
        pointer=MessagePointer(
            folder=folder.name,
            uid_validity=folder.uid_validity,
            uid=message.uid,
            message_id=headers.message_id,
        ),
        headers=headers,
        arrived=message.internal_date or headers.date or datetime.now(UTC),
        size=message.size or 0,
        structure=message.structure,
        text=texts.get("text/plain", ""),
        html=texts.get("text/html", ""),
        text_truncated=any(part.size > TEXT_OCTETS for part in parts),
        attachments=attachments(structure) if message.structure else (),
    )


async def _octets(session: ImapSession, uid: int, parts: list[BodyPart]) -> dict[str, bytes]:
    if not parts:
        return {}
    items = tuple(f"BODY.PEEK[{part.section}]<0.{TEXT_OCTETS}>" for part in parts)
    for message in await session.fetch((uid,), items):
        return dict(message.sections)
    return {}
