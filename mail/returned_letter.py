"""The letter that a delivery report is about, as far as the report returns or names it (RFC 6522 §3, RFC 3464 §2.2)."""

import re
from collections.abc import Iterator, Sequence

from mail.headers import Headers
from mail.html_text import text_of_html
from mail.multipart import RawPart

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*){2,}")

_NOTIFICATION_TYPES = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_RETURNED_TYPES = frozenset(
    {
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
    }
)
# A copy without MIME (qmail, old Exim) begins after an empty line; some programs quote or indent it.
_COPIED_ID = re.compile(rb"^([>|\t ]{0,20})message-id:[ \t]*<", re.IGNORECASE | re.MULTILINE)


def returned_headers(parts: Sequence[RawPart]) -> Headers | None:
    """The header of the letter that came back, with what the fields of the report say of it."""
    returned = next((part for part in parts if part.content_type in _RETURNED_TYPES), None)
    copy = Headers.read(returned.octets) if returned else Headers()
    if not copy.message_id:  # not returned as a part, or its header was left out
        copied = next(filter(None, map(_copied, parts)), Headers())
        copy = Headers(copy.fields + copied.fields)
    fields = copy.fields + tuple(field for part in _about(parts) for field in part.fields)
    return Headers(fields) if fields else None


def _about(parts: Sequence[RawPart]) -> Iterator[Headers]:
    """The fields about the whole letter: of a delivery status its first group (RFC 3464 §2.1)."""
    for part in parts:
        if part.content_type in STATUS_TYPES:
            yield Headers.read(BLANK_LINES.split(part.octets.strip(), maxsplit=1)[0])
        elif part.content_type in _NOTIFICATION_TYPES:
            yield Headers.read(part.octets)


def _copied(part: RawPart) -> Headers | None:
    text = text_of_html(part.text).encode() if part.content_type == "text/html" else part.octets
    field = _COPIED_ID.search(text)
    if field is None:
        return None
    *_, begin = (0, *(blank.end() for blank in BLANK_LINES.finditer(text, 0, field.start())))
    prefix = re.compile(rb"^" + re.escape(field[1]), re.MULTILINE)
    return Headers.read(prefix.sub(b"", text[begin:]))
