"""What a file is by its first octets, whatever its name and its sender say."""

import codecs
import re
from collections.abc import Iterator
from typing import Protocol, cast

import puremagic

# An ISO image says so at 32,769 octets; the names in an archive come earlier.
HEAD_OCTETS = 36 * 1024

UNKNOWN = "application/octet-stream"
# What attackers send, told apart by ourselves: the library takes every ZIP for a Word document.
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),  # winmail.dat (MS-OXTNEF §2.1.3.1)
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"{\\rtf", "application/rtf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"#!", "text/x-shellscript"),
)
_LOCAL_HEADER = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_IN_ARCHIVE = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
)
_OPEN_DOCUMENT = re.compile(rb"mimetype(application/(?:vnd\.oasis\.opendocument\.[a-z-]+|epub\+zip))")
_ZIP = "application/zip"
_MARKUP = (
    (re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!doctype svg[^>]*>\s*)?<svg\b", re.IGNORECASE), "image/svg+xml"),
    (re.compile(rb"<(?:!doctype html|html|head|body|script)\b", re.IGNORECASE), "text/html"),
)
_MAIL = re.compile(rb"(?:received|return-path|from|to|date|subject|message-id|mime-version): ?[^\r\n]", re.IGNORECASE)
# Fewer octets than these prove nothing.
_TELLING_OCTETS = 4
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_Utf8 = codecs.getincrementaldecoder("utf-8")


class _Match(Protocol):
    """What the library says of one signature; it declares no types."""

    mime_type: str
    byte_match: bytes


def detected_type(head: bytes) -> str:
    """The media type that the first HEAD_OCTETS of a file show."""
    return next(_types(head), UNKNOWN)


def _types(head: bytes) -> Iterator[str]:
    if head.startswith(b"PK\x03\x04"):
        yield _archive_type(head)
    yield from (name for signature, name in _SIGNATURES if head.startswith(signature))
    text = head.removeprefix(b"\xef\xbb\xbf")
    markup = _without_comments(text)
    yield from (name for pattern, name in _MARKUP if pattern.match(markup))
    if _MAIL.match(text):
        yield "message/rfc822"
    if not _is_text(head):
        yield from _library_types(head)
    elif head:
        yield "text/plain"


def _without_comments(markup: bytes) -> bytes:
    """The markup from its first tag on; a pattern for this would try every way to end a comment."""
    rest = markup.lstrip()
    while rest.startswith(b"<!--"):
        rest = rest.partition(b"-->")[2].lstrip()
    return rest


def _archive_type(head: bytes) -> str:
    names = [head[found.end() :][: int.from_bytes(found[1], "little")] for found in _LOCAL_HEADER.finditer(head)]
    for beginning, name in _IN_ARCHIVE:
        if any(one.startswith(beginning) for one in names):
            return name
    declared = _OPEN_DOCUMENT.search(head[: HEAD_OCTETS // 100])
    return declared[1].decode() if declared else _ZIP


def _library_types(head: bytes) -> Iterator[str]:
    try:
        matches = cast("list[_Match]", puremagic.magic_string(head))  # pyright: ignore[reportUnknownMemberType]
    except (puremagic.PureError, ValueError):
        return
    yield from (one.mime_type for one in matches if one.mime_type and len(one.byte_match) >= _TELLING_OCTETS)


def _is_text(head: bytes) -> bool:
    if _CONTROL.search(head):
        return False
    try:
        _Utf8().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True
