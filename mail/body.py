"""Which part of a message is its text, which are its attachments, and one part's bytes as text."""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from mail.base64_text import decode_base64
from mail.charset import decode
from mail.filename import filename, filename_candidates
from mail.structure import BodyPart

# Deeper or wider than any mail program builds; what lies beyond is not looked at.
MAX_PARTS = 2000


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the text of the message; `inline` means shown within it (a picture)."""

    part: BodyPart
    filename: str
    inline: bool
    conflicting_names: bool  # the part claims several names: what one reader shows, another does not


def decode_part(part: BodyPart, data: bytes) -> str:
    """The text of a part from its bytes as transferred; whole or cut at any point."""
    return decode(decode_transfer(data, part.encoding), part.parameters.get("charset", ""))


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The bytes under a Content-Transfer-Encoding (RFC 2045 §6); unknown ones count as 8bit."""
    match encoding.strip().lower():
        case "base64":
            return decode_base64(data)
        case "quoted-printable":
            return binascii.a2b_qp(data)
        case _:
            return data


def text_part(structure: BodyPart) -> BodyPart | None:
    """The plain text a person wrote, if there is one."""
    return _first_text(structure, "text/plain")


def html_part(structure: BodyPart) -> BodyPart | None:
    """The HTML a person wrote, if there is one."""
    return _first_text(structure, "text/html")


def attachments(structure: BodyPart) -> tuple[Attachment, ...]:
    """Everything but the text and the HTML, in the order of the message: nothing is left out."""
    shown = {id(text_part(structure)), id(html_part(structure))}
    return tuple(
        Attachment(part, filename(part), _is_inline(part, related=related), len(filename_candidates(part)) > 1)
        for part, related in _leaves(structure)
        if id(part) not in shown
    )


def _first_text(structure: BodyPart, content_type: str) -> BodyPart | None:
    leaves = (part for part, _ in _leaves(structure))
    return next((part for part in leaves if part.content_type == content_type and _is_shown(part, structure)), None)


def _is_shown(part: BodyPart, structure: BodyPart) -> bool:
    """A text with a name is a file, unless it is all there is."""
    return part.disposition != "attachment" and (part is structure or not filename(part))


def _is_inline(part: BodyPart, *, related: bool) -> bool:
    if part.disposition == "attachment" or part.content_type.startswith("message/"):
        return False
    unnamed_text = part.content_type.startswith("text/") and not filename(part)
    return related or part.disposition == "inline" or unnamed_text


def walk(structure: BodyPart) -> Iterator[tuple[BodyPart, bool]]:
    """Every part in the order of the message, and whether it belongs to a multipart/related (RFC 2387)."""
    stack = [(structure, False)]
    for _ in range(MAX_PARTS):
        if not stack:
            return
        part, related = stack.pop()
        yield part, related
        inside = related or part.content_type == "multipart/related"
        stack.extend((child, inside) for child in reversed(part.children))


def _leaves(structure: BodyPart) -> Iterator[tuple[BodyPart, bool]]:
    """The parts that hold something themselves."""
    found = walk(structure)
    return ((part, related) for part, related in found if not part.content_type.startswith("multipart/"))
