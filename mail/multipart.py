"""The parts of a raw message, sliced without recursion (RFC 2046 §5.1); a cut message yields what it has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mail.body import decode_transfer
from mail.charset import decode
from mail.headers import MAX_BLOCK, Headers

# A report has three parts; lookalikes nest them once or twice.
MAX_PARTS = 50
MAX_DEPTH = 5
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n|\r\r")


@dataclass(frozen=True, slots=True)
class RawPart:
    """One part: its fields and its bytes as transferred."""

    headers: Headers
    body: bytes

    @property
    def content_type(self) -> str:
        """Lower case; text/plain where none is given (RFC 2045 §5.2)."""
        return self.headers.parameters("Content-Type")[0] or "text/plain"

    @property
    def octets(self) -> bytes:
        """The bytes that were meant."""
        return decode_transfer(self.body, self.headers.get("Content-Transfer-Encoding"))

    @property
    def text(self) -> str:
        """The part as text."""
        return decode(self.octets, self.headers.parameters("Content-Type")[1].get("charset", ""))


def read_part(raw: bytes) -> RawPart:
    """A message or a part from its bytes."""
    if raw[:1] in {b"\r", b"\n"}:  # a part without fields
        return RawPart(Headers(), raw.lstrip(b"\r\n"))
    end = _END_OF_HEADER.search(raw, 0, MAX_BLOCK)
    body = raw[end.end() :] if end else b""
    return RawPart(Headers.read(raw[: end.start()] if end else raw), body)


def leaf_parts(raw: bytes) -> Iterator[RawPart]:
    """The parts that are not multipart themselves, in the order of the message."""
    stack = [(read_part(raw), 0)]
    for _ in range(MAX_PARTS):
        if not stack:
            return
        part, depth = stack.pop()
        children = _children(part) if depth < MAX_DEPTH else []
        stack.extend((child, depth + 1) for child in reversed(children))
        if not children:
            yield part


def _children(part: RawPart) -> list[RawPart]:
    content_type, parameters = part.headers.parameters("Content-Type")
    boundary = parameters.get("boundary", "")
    if not content_type.startswith("multipart/") or not boundary:
        return []
    delimiter = re.compile(rb"(?:^|\r?\n|\r)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?:\r?\n|\r|$)")
    pieces = delimiter.split(b"\n" + part.body, maxsplit=MAX_PARTS)
    # split() returns text, mark, text, mark …: the closing mark ends the list, the preamble opens it.
    marks, texts = pieces[1::2], pieces[2::2]
    open_parts = marks.index(b"--") if b"--" in marks else len(marks)
    return [read_part(text) for text in texts[:open_parts]]
