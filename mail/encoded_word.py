"""Encoded words in header fields (RFC 2047): `=?utf-8?q?Gr=C3=BC=C3=9Fe?=`."""

import binascii
import re
from collections.abc import Iterator

from mail.base64_text import decode_base64
from mail.charset import decode

# Every class stops at the next "?", so no input is looked at twice.
_WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)\?=")
# U+0000-001F and U+007F-009F would let a decoded value write header lines of its own.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def decode_words(value: str) -> str:
    """A header value as a person reads it: words decoded, control characters made spaces."""
    return _CONTROL.sub(" ", "".join(_pieces(value))).strip()


def _pieces(value: str) -> Iterator[str]:
    """Plain text and decoded words in turn; neighbours of one charset are joined before they are decoded."""
    position, charset, pending = 0, "", b""
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        continues = not between.strip() and word[1].lower() == charset
        if not continues:
            yield decode(pending, charset)
            yield between if between.strip() or not charset else ""
            pending = b""
        charset = word[1].lower()
        pending += _octets(word[2], word[3])
        position = word.end()
    yield decode(pending, charset)
    yield value[position:]


def _octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(data)
    return binascii.a2b_qp(data, header=True)
