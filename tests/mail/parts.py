"""The parts of a message as a strict reader has them, to compare what came with what was sent on."""

import email
import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from typing import cast


def wire(raw: bytes) -> bytes:
    """A message from a file with the line ends of mail."""
    return re.sub(rb"\r?\n", b"\r\n", raw)


def inside(message: Message) -> list[Message]:
    """The parts of a multipart; of anything else, none."""
    parts = message.get_payload() if message.get_content_maintype() == "multipart" else []
    return cast("list[Message]", parts) if isinstance(parts, list) else []


def leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something; a message inside is one of them and is not opened."""
    parts = inside(message)
    if not parts:
        yield message
    for part in parts:
        yield from leaves(part)


def octets(part: Message) -> bytes:
    """What a reader saves."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def digests(raw: bytes) -> list[str]:
    """The sha256 of every file, sorted."""
    parts = leaves(email.message_from_bytes(raw))
    files = (one for one in parts if one.get_content_type() not in {"text/plain", "text/html", "message/rfc822"})
    return sorted(hashlib.sha256(octets(one)).hexdigest() for one in files)


def text(raw: bytes, kind: str = "text/plain") -> str:
    """The first text of this kind; empty if there is none."""
    for part in leaves(email.message_from_bytes(raw)):
        if part.get_content_type() == kind:
            return octets(part).decode(part.get_content_charset("utf-8"))
    return ""


def content_ids(raw: bytes) -> list[str]:
    """The Content-IDs inside multipart/related."""
    walked = email.message_from_bytes(raw).walk()
    related = (part for one in walked if one.get_content_type() == "multipart/related" for part in inside(one))
    return [str(part["Content-ID"]) for part in related if part["Content-ID"]]


def nested(raw: bytes) -> bytes:
    """The octets of the one message inside, cut out as they are."""
    delimiter = re.compile(rb"\r\n--[^\r\n]{1,70}\r\n")
    header = re.search(rb"Content-Type: message/rfc822(?:.|\r\n(?!\r\n))*\r\n\r\n", raw)
    assert header
    opening = [found[0] for found in delimiter.finditer(raw, 0, header.start() + 2)][-1]
    return raw[header.end() : raw.index(opening.rstrip(), header.end())]
