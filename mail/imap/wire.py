"""The bytes of IMAP (RFC 3501 §2.2): commands cut at their literals, responses put together again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mail.push_back import pause_asked, pause_stated

# What one response says, text and literals in turn: (b"1 FETCH (BODY[1] {5}", b"hello", b")").
Response = tuple[bytes, ...]

# RFC 3501 §4.3: a literal is announced by its length at the end of a line.
_LITERAL_MARK = re.compile(rb"\{(\d+)\}\r\n")
_LINE_END_MARK = re.compile(rb"\{(\d+)\}$")
# No mail system delivers larger messages (mail/policy.py), nor has a folder more to tell in one line; whoever announces
# more wants our memory.
LARGEST_LITERAL = 256 * 1024 * 1024
LONGEST_LINE = 64 * 1024 * 1024
# Only data carries literals; the human text of these may end in "{5}" and mean nothing by it (§7.1).
_STATUS = re.compile(rb"\* (?:OK|NO|BAD|BYE|PREAUTH) ", re.IGNORECASE)
# RFC 5530: not "no" but "not now"; THROTTLED is Microsoft's.
_PASSING_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED"})
# With these a server speaks of the account's pace; Yahoo: "[LIMIT] UID SEARCH Rate limit hit."
_PUSH_BACK_CODES = frozenset({"UNAVAILABLE", "LIMIT", "THROTTLED"})
# Exchange Online, without a code: "BAD Request is throttled. Suggested Backoff Time: 31206 milliseconds".
_THROTTLED = re.compile(r"\bthrottled\b", re.IGNORECASE)
_CODE = re.compile(r"\[([^\] ]+)(?: ([^\]]*))?\] ?")


@dataclass(frozen=True, slots=True)
class Reply:
    """The tagged end of a command, and every response that came before it."""

    result: str  # OK, NO or BAD
    text: str
    responses: tuple[Response, ...] = ()
    challenge: str = ""  # what the server last wanted an answer to (RFC 3501 §6.2.2)

    @property
    def ok(self) -> bool:
        return self.result == "OK"

    @property
    def code(self) -> str:
        """The response code in brackets, such as TRYCREATE (RFC 5530), or nothing."""
        return response_code(self.text)[0]

    @property
    def not_now(self) -> bool:
        """Whether the server says that it would do this at another time."""
        return self.code in _PASSING_CODES

    @property
    def pause(self) -> float | None:
        """For how many seconds the server wants to be left alone; 0 = it does not say, None = it serves us."""
        if self.ok:
            return None
        pushed_back = self.code in _PUSH_BACK_CODES or (self.result == "BAD" and _THROTTLED.search(self.text))
        return pause_stated(self.text) or 0.0 if pushed_back else None

    @property
    def pause_at_login(self) -> float | None:
        """As `pause`; at the door, words count too: there is no folder and no search to speak of."""
        return pause_asked(self.text) if self.pause is None and not self.ok else self.pause


def response_code(text: str) -> tuple[str, str]:
    """The response code in brackets and its arguments: ("UIDNEXT", "7"), or two empty strings."""
    found = _CODE.match(text)
    return (found[1].upper(), found[2] or "") if found else ("", "")


def human_text(text: str) -> str:
    """What a status response says to people, its code left out."""
    return _CODE.sub("", text, count=1).strip()


def segments(line: bytes) -> Iterator[bytes]:
    """A command line, cut behind each literal mark: what follows waits for the server's continuation."""
    start = unread = 0
    while mark := _LITERAL_MARK.search(line, unread):
        _refuse_line_breaks(line[unread : mark.start()])
        yield line[start : mark.end()]
        start, unread = mark.end(), mark.end() + int(mark[1])
    _refuse_line_breaks(line[unread:])
    yield line[start:] + b"\r\n"


def _refuse_line_breaks(text: bytes) -> None:
    # The last door before the socket: whatever got here unquoted must not become a second command.
    if any(octet in text for octet in (b"\r", b"\n", b"\0")):
        raise ValueError("a line break or NUL outside a literal of an IMAP command")


class ResponseReader:
    """Puts responses together from the chunks a connection delivers, in time linear in their length.

    A ValueError says that the server sends more than one response may hold.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # up to here the buffer is known to hold no line end
        self._pieces: list[bytes] = []
        self._literal: int | None = None  # octets of the literal that comes next

    @property
    def in_the_middle(self) -> bool:
        """Whether part of a response is here and the rest is not."""
        return bool(self._buffer or self._pieces)

    def feed(self, data: bytes) -> Iterator[Response]:
        """The responses that are complete with this chunk."""
        self._buffer += data
        while self._take_literal() and (line := self._line()) is not None:
            self._pieces.append(line)
            self._literal = self._announced(line)
            if self._literal is None:
                yield tuple(self._pieces)
                self._pieces.clear()

    def _take_literal(self) -> bool:
        if self._literal is None:
            return True
        if len(self._buffer) < self._literal:
            return False
        self._pieces.append(self._cut(self._literal))
        self._literal = None
        return True

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n", self._searched)
        if end < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise ValueError("the server sends a line without end")
            self._searched = max(len(self._buffer) - 1, 0)  # the CR of a CRLF may be the last octet
            return None
        line = self._cut(end)
        del self._buffer[:2]
        return line

    def _cut(self, length: int) -> bytes:
        piece = bytes(memoryview(self._buffer)[:length])
        del self._buffer[:length]
        self._searched = 0
        return piece

    def _announced(self, line: bytes) -> int | None:
        if not line.endswith(b"}") or not self._is_data():
            return None
        mark = _LINE_END_MARK.search(line)
        return _size(mark[1]) if mark else None

    def _is_data(self) -> bool:
        first = self._pieces[0]
        return first.startswith(b"* ") and not _STATUS.match(first)


def _size(digits: bytes) -> int:
    if len(digits) > len(str(LARGEST_LITERAL)) or int(digits) > LARGEST_LITERAL:
        raise ValueError("the server announces more than any message has")
    return int(digits)
