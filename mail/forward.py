"""A message of the mailbox that goes along in a letter of ours: quoted, with its files; or whole, as a file."""

import asyncio
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from mail.body import Attachment, attachments, decode_part, decode_transfer, html_part, text_part, walk
from mail.enclosure import Enclosure
from mail.errors import AttachmentTooLarge
from mail.foreign_html import harmless_body
from mail.headers import Headers
from mail.html_text import text_of_html
from mail.imap.response import FetchedMessage
from mail.mailbox import Mailbox
from mail.original import Original, open_original
from mail.structure import BodyPart
from models.wait import MessagePointer

# Base64 with its line ends makes 78 octets of 57.
TRANSFER_OVERHEAD = 1.4
# What a person writes ends long before; a longer text goes along as the file that it is.
TEXT_OCTETS = 512 * 1024
# RFC 2045 §6.1; what is encoded otherwise (uuencode) is left to the reader.
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "base64", "quoted-printable"})
# They mean nothing taken apart (RFC 1847 §2.2, RFC 8551 §3).
_INDIVISIBLE = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_TYPE = re.compile(r"[^/]+/[^/]+")
# Mail programs nest four or five deep; servers stop telling at a hundred.
MOST_NESTED = 20
# What a decoder writes where octets are no character.
_UNREADABLE = "\ufffd"
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A message that goes along: what is quoted of it, and its files."""

    pointer: MessagePointer
    headers: Headers
    text: str = ""
    html: str = ""  # harmless, without a document around it
    enclosures: tuple[Enclosure, ...] = ()


async def load_forwarded(mailbox: Mailbox, pointer: MessagePointer, limit_octets: int) -> Forwarded:
    """Load the message; too large for a letter is AttachmentTooLarge before anything of it is loaded."""
    async with open_original(mailbox, pointer) as original:
        outline = await original.fetch("RFC822.SIZE", "BODYSTRUCTURE", "BODY.PEEK[HEADER]")
        _refuse_too_large(outline.size or 0, limit_octets)
        headers = Headers.read(outline.sections.get("HEADER", b""))
        if outline.structure is not None and _is_divisible(outline.structure):
            octets = await _octets(original, outline.structure)
            if forwarded := await asyncio.to_thread(_taken_apart, pointer, headers, outline.structure, octets):
                return forwarded
        whole = await original.fetch("BODY.PEEK[]")
    return Forwarded(pointer, headers, enclosures=(_whole(whole),))


def _refuse_too_large(size: int, limit: int) -> None:
    if size > limit * TRANSFER_OVERHEAD + 2 * TEXT_OCTETS:  # the texts are no files
        raise AttachmentTooLarge(
            f"the message to forward is {size:,} bytes; files of a letter may be {limit:,}", size=size, limit=limit
        )


def _is_divisible(structure: BodyPart) -> bool:
    """Whether all of it is told and can be read part by part."""
    long = any(part.size > TEXT_OCTETS for part in _texts(structure))
    message = structure.content_type.startswith("message/")  # servers differ on what section 1 then is
    return not (long or message or any(_is_strange(part) for part, _ in walk(structure)))


def _is_strange(part: BodyPart) -> bool:
    """Whether this part has to be left to the reader."""
    # Of a multipart without a boundary servers make one part that is empty.
    hollow = part.content_type.startswith("multipart/") and not (part.children and part.parameters.get("boundary"))
    unknown = part.encoding not in _ENCODINGS or part.content_type in _INDIVISIBLE or not _TYPE.match(part.content_type)
    return hollow or unknown or part.section.count(".") > MOST_NESTED


def _texts(structure: BodyPart) -> tuple[BodyPart, ...]:
    return tuple(part for part in (text_part(structure), html_part(structure)) if part)


async def _octets(original: Original, structure: BodyPart) -> Mapping[str, bytes]:
    """Every part as transferred, by section."""
    parts = (*_texts(structure), *(one.part for one in attachments(structure)))
    if not parts:
        return {}
    return (await original.fetch(*(f"BODY.PEEK[{part.section}]" for part in parts))).sections


def _taken_apart(
    pointer: MessagePointer, headers: Headers, structure: BodyPart, octets: Mapping[str, bytes]
) -> Forwarded | None:
    """The message in its parts; None where something of it would be lost."""
    files = attachments(structure)
    parts = (*_texts(structure), *(one.part for one in files))
    if not all(part.section in octets and _is_legible(part, octets[part.section]) for part in parts):
        return None
    texts = {part.content_type: decode_part(part, octets[part.section]) for part in _texts(structure)}
    written, body = texts.get("text/html", ""), harmless_body(texts.get("text/html", ""))
    if body is None or any(_UNREADABLE in text for text in texts.values()):
        return None
    return Forwarded(
        pointer,
        headers,
        text=texts.get("text/plain") or text_of_html(written),
        html=body,
        enclosures=tuple(_enclosure(file, octets[file.part.section]) for file in files),
    )


def _is_legible(part: BodyPart, transferred: bytes) -> bool:
    """Whether every reader makes the same octets of it; of base64 that is damaged they do not."""
    if part.encoding != "base64":
        return True
    try:
        binascii.a2b_base64(b"".join(transferred.split()), strict_mode=True)
    except binascii.Error:
        return False
    return True


def _enclosure(file: Attachment, transferred: bytes) -> Enclosure:
    return Enclosure(
        content_type=file.part.content_type,
        octets=decode_transfer(transferred, file.part.encoding),
        filename=_NOT_IN_NAMES.sub("_", file.filename),
        parameters=file.part.parameters,
        content_id=file.part.content_id.strip().removeprefix("<").removesuffix(">"),
    )


def _whole(message: FetchedMessage) -> Enclosure:
    return Enclosure(content_type="message/rfc822", octets=message.sections.get("", b""), filename="original.eml")
