"""The MIME parts of our letters (RFC 2045, RFC 2046): 7bit, quoted-printable or base64, nothing else."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from mimetypes import MimeTypes
from urllib.parse import quote

from mail.errors import InvalidContent

# The tables of Python alone: those of the machine would make the same letter differ between two workers.
_TYPES = MimeTypes(filenames=())
_UNKNOWN = "application/octet-stream"
# RFC 2046 §5.2.1 and §5.1 allow these no base64; as plain files their octets stay as they are.
_NEVER_BASE64 = ("message/", "multipart/")
_NEWLINE = re.compile(r"\r\n|\r|\n")
# What may travel as 7bit (RFC 2045 §2.7), in lines no longer than RFC 5322 §2.1.1 advises.
_SEVEN_BIT = re.compile(r"(?:[\t\x20-\x7e]{0,78}\r\n)*")
_PLAIN_FILENAME = re.compile(r"[A-Za-z0-9 ._()+,@#=-]{1,60}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its header fields, in order, and its encoded body, which ends with a line end."""

    fields: tuple[str, ...]
    body: bytes

    def __bytes__(self) -> bytes:
        return "".join(f"{field}\r\n" for field in self.fields).encode() + b"\r\n" + self.body


def text_part(text: str, subtype: str) -> Part:
    """Text for reading, in UTF-8."""
    lines = _NEWLINE.sub("\r\n", text)
    if not lines.endswith("\r\n"):
        lines += "\r\n"
    encoding, body = _encoded_text(lines)
    return Part((f"Content-Type: text/{subtype}; charset=utf-8", f"Content-Transfer-Encoding: {encoding}"), body)


def file_part(filename: str, data: bytes) -> Part:
    """A file to be saved, octet for octet."""
    return Part(
        (
            f"Content-Type: {content_type(filename)}",
            "Content-Transfer-Encoding: base64",
            f"Content-Disposition: attachment;\r\n {_filename_parameter(filename)}",
        ),
        base64.encodebytes(data).replace(b"\n", b"\r\n") or b"\r\n",
    )


def multipart(subtype: str, parts: Sequence[Part], seed: str) -> Part:
    """Parts together, between boundaries that follow from the seed and occur in none of them."""
    contents = [bytes(part) for part in parts]
    boundary = next(one for one in _boundaries(f"{subtype} {seed}") if not _occurs(one, contents))
    delimiter = f"--{boundary}\r\n".encode()
    body = b"".join(delimiter + content for content in contents) + f"--{boundary}--\r\n".encode()
    return Part((f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"',), body)


def content_type(filename: str) -> str:
    """The media type that a file's name tells."""
    guessed, compression = _TYPES.guess_type(f"/{filename}")  # the slash keeps "data:,x" a file name
    if guessed is None or compression or guessed.startswith(_NEVER_BASE64):
        return _UNKNOWN
    return guessed


def _encoded_text(lines: str) -> tuple[str, bytes]:
    """The cheapest encoding that carries the text unchanged."""
    try:
        octets = lines.encode()
    except UnicodeEncodeError as error:
        raise InvalidContent(f"the content holds half a character (at {error.start})") from None
    if _SEVEN_BIT.fullmatch(lines):
        return "7bit", octets
    # For writing that is not Latin, quoted-printable would triple the size.
    if len(octets) - len(lines) > len(lines) // 3:
        return "base64", base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return "quoted-printable", binascii.b2a_qp(octets, istext=True)


def _filename_parameter(filename: str) -> str:
    if _CONTROL.search(filename):
        raise InvalidContent(f"the file name {filename!a} holds a control character", filename=filename)
    if _PLAIN_FILENAME.fullmatch(filename):
        return f'filename="{filename}"'
    return f"filename*=utf-8''{quote(filename, safe='')}"  # RFC 2231 §4; alone, since readers differ on two


def _boundaries(seed: str) -> Iterator[str]:
    return (f"=_{sha256(f'{attempt} {seed}'.encode()).hexdigest()[:32]}" for attempt in count())


def _occurs(boundary: str, contents: Sequence[bytes]) -> bool:
    return any(boundary.encode() in content for content in contents)
