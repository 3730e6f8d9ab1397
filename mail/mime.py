"""The MIME parts of our letters (RFC 2045, RFC 2046): 7bit, quoted-printable or base64, nothing else."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import count
from mimetypes import MimeTypes
from urllib.parse import quote

from mail.enclosure import Enclosure
from mail.errors import InvalidContent
from mail.field import id_field

# The tables of Python alone: those of the machine would make the same letter differ between two workers.
_TYPES = MimeTypes(filenames=())
_UNKNOWN = "application/octet-stream"
# RFC 2046 §5.2.1 and §5.1 allow these no base64; as plain files their octets stay as they are.
_NEVER_BASE64 = ("message/", "multipart/")
_NEWLINE = re.compile(r"\r\n|\r|\n")
# What a type may be called and be told (RFC 2045 §5.1, RFC 6838 §4.2); names of files are written by us.
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,90}")
_PARAMETER_NAME = re.compile(r"(?!name\b|filename\b|boundary\b)[a-z0-9!#$&^_.+-]{1,40}")
_PARAMETER_VALUE = re.compile(r"[ !#-\[\]-~]{0,200}")
# RFC 5322 §2.1.1.
_LONGEST_LINE = 998
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


def file_part(file: Enclosure, *, shown: bool = False) -> Part:
    """A file, octet for octet: to be saved, or shown within the text."""
    media_type = _media_type(file)
    if media_type.startswith(_NEVER_BASE64):
        encoding = _identity_encoding(file.octets)
        if encoding is None:
            return file_part(replace(file, content_type=_UNKNOWN, filename=file.filename or "message.eml"))
        return Part(tuple(_file_fields(file, media_type, encoding, shown=shown)), file.octets + b"\r\n")
    body = base64.encodebytes(file.octets).replace(b"\n", b"\r\n") or b"\r\n"
    return Part(tuple(_file_fields(file, media_type, "base64", shown=shown)), body)


def multipart(subtype: str, parts: Sequence[Part], seed: str, *, root_type: str = "") -> Part:
    """Parts together, between boundaries that follow from the seed and occur in none of them."""
    contents = [bytes(part) for part in parts]
    boundary = next(one for one in _boundaries(f"{subtype} {seed}") if not _occurs(one, contents))
    delimiter = f"--{boundary}\r\n".encode()
    body = b"".join(delimiter + content for content in contents) + f"--{boundary}--\r\n".encode()
    root = f'\r\n type="{root_type}";' if root_type else ""  # RFC 2387 §3.1
    fields = [f'Content-Type: multipart/{subtype};{root}\r\n boundary="{boundary}"']
    if not body.isascii():
        fields.append("Content-Transfer-Encoding: 8bit")  # RFC 2045 §6.4: what a part is, its whole is
    return Part(tuple(fields), body)


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


def _media_type(file: Enclosure) -> str:
    kind = file.content_type.lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) and not kind.startswith("multipart/") else _UNKNOWN


def _identity_encoding(octets: bytes) -> str | None:
    """How octets travel unencoded (RFC 2045 §2.7, §2.8); None where they cannot."""
    line_ends = {octets.count(end) for end in (b"\r\n", b"\r", b"\n")}
    if len(line_ends) > 1 or b"\0" in octets or max(map(len, octets.split(b"\r\n"))) > _LONGEST_LINE:
        return None
    return "7bit" if octets.isascii() else "8bit"


def _file_fields(file: Enclosure, media_type: str, encoding: str, *, shown: bool) -> Iterator[str]:
    yield "".join((f"Content-Type: {media_type}", *_type_parameters(file)))
    yield f"Content-Transfer-Encoding: {encoding}"
    name = f";\r\n {_filename_parameter(file.filename)}" if file.filename else ""
    yield f"Content-Disposition: {'inline' if shown else 'attachment'}{name}"
    if shown:
        yield id_field("Content-ID", [f"<{file.content_id}>"])


def _type_parameters(file: Enclosure) -> Iterator[str]:
    """What can be written plainly; the rest would tell readers nothing they act upon."""
    for name, value in file.parameters.items():
        if _PARAMETER_NAME.fullmatch(name) and _PARAMETER_VALUE.fullmatch(value):
            yield f';\r\n {name}="{value}"'


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
