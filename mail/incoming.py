"""Received messages, read part by part: header and outline first, then only the texts (RFC 3501 §6.4.5)."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from mail.body import Attachment, attachments, decode_part, html_part, text_part, walk
from mail.fetch import fetch_each
from mail.headers import Headers
from mail.imap.response import FetchedMessage, FolderStatus
from mail.imap.session import ImapSession
from mail.multipart import leaf_parts
from mail.structure import BodyPart
from models.wait import MessagePointer

# What a person writes ends long before; the rest of a text is history or an attack.
TEXT_OCTETS = 512 * 1024
WHOLE_HEADER = "BODY.PEEK[HEADER]"
# Outlines of so many messages are parsed at once.
BATCH = 200


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What one wants to know of a message without loading its files."""

    pointer: MessagePointer
    headers: Headers
    arrived: datetime
    size: int
    unread: bool = True
    structure: BodyPart | None = None
    text: str = ""
    html: str = ""
    text_truncated: bool = False
    attachments: tuple[Attachment, ...] = field(default=())

    @property
    def text_parts(self) -> tuple[BodyPart, ...]:
        """The parts that a person wrote, as far as the outline tells."""
        if self.structure is None:
            return ()
        return tuple(part for part in (text_part(self.structure), html_part(self.structure)) if part)

    @property
    def outlined(self) -> bool:
        """Whether the outline can be believed: a multipart without any octets is one that could not be cut."""
        if self.structure is None or not self.structure.content_type.startswith("multipart/"):
            return self.structure is not None
        return any(part.size for part, _ in walk(self.structure))


async def read_message(session: ImapSession, folder: FolderStatus, uid: int) -> IncomingMessage | None:
    """Read a message of the open folder; None when it is gone."""
    outlines = await read_outlines(session, folder, (uid,))
    return next(iter(await with_texts(session, outlines, TEXT_OCTETS)), None)


async def read_outlines(
    session: ImapSession, folder: FolderStatus, uids: Sequence[int], header: str = WHOLE_HEADER
) -> tuple[IncomingMessage, ...]:
    """These messages of the open folder without their texts; those that are gone are left out."""
    items = ("FLAGS", "RFC822.SIZE", "INTERNALDATE", "BODYSTRUCTURE", header)
    outlines: list[IncomingMessage] = []
    for start in range(0, len(uids), BATCH):
        fetched = await fetch_each(session, uids[start : start + BATCH], items)
        outlines += [_outline(folder, message) for message in fetched]
    return tuple(outlines)


async def with_texts(
    session: ImapSession, outlines: Sequence[IncomingMessage], octets: int
) -> tuple[IncomingMessage, ...]:
    """The same messages with their texts, no part loaded further than so many octets; gone ones left out."""
    loaded: dict[int, FetchedMessage] = {}
    for sections, uids in _by_sections(outlines).items():
        items = tuple(f"BODY.PEEK[{section}]<0.{octets}>" for section in sections)
        loaded |= {message.uid: message for message in await fetch_each(session, uids, items)}
    present = [one for one in outlines if one.pointer.uid in loaded or not _sections(one)]
    return await asyncio.to_thread(_completed, present, loaded, octets)


def _outline(folder: FolderStatus, message: FetchedMessage) -> IncomingMessage:
    headers = Headers.read(message.sections.get("HEADER") or message.sections.get("HEADER.FIELDS", b""))
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
        unread="\\seen" not in {flag.lower() for flag in message.flags},
        structure=message.structure,
        attachments=attachments(message.structure) if message.structure else (),
    )


def _by_sections(outlines: Sequence[IncomingMessage]) -> Mapping[tuple[str, ...], list[int]]:
    """Messages of the same build together: one command loads their texts."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for outline in outlines:
        if sections := _sections(outline):
            groups.setdefault(sections, []).append(outline.pointer.uid)
    return groups


def _sections(outline: IncomingMessage) -> tuple[str, ...]:
    # Without an outline the message is loaded from its first octet, and cut into parts here.
    return tuple(part.section for part in outline.text_parts) if outline.outlined else ("",)


def _completed(
    outlines: Sequence[IncomingMessage], loaded: Mapping[int, FetchedMessage], octets: int
) -> tuple[IncomingMessage, ...]:
    nothing = FetchedMessage(0)
    return tuple(_complete(one, loaded.get(one.pointer.uid, nothing).sections, octets) for one in outlines)


def _complete(outline: IncomingMessage, sections: Mapping[str, bytes], octets: int) -> IncomingMessage:
    parts = outline.text_parts
    if outline.outlined:
        texts = {part.content_type: decode_part(part, sections.get(part.section, b"")) for part in parts}
        longest = max((part.size for part in parts), default=0)
    else:
        texts, longest = dict(_texts_of_raw(sections.get("", b""))), outline.size
    return replace(
        outline,
        text=texts.get("text/plain", ""),
        html=texts.get("text/html", ""),
        text_truncated=longest > octets,
    )


def _texts_of_raw(raw: bytes) -> Iterator[tuple[str, str]]:
    """The first text of each kind, last, so that it is the one that stays."""
    for part in reversed(list(leaf_parts(raw))):
        if part.headers.parameters("Content-Disposition")[0] != "attachment":
            uncut = part.content_type.startswith("multipart/")
            yield "text/plain" if uncut else part.content_type, part.text
