"""What to search for, as data, and as the search-key that says so to a server (RFC 3501 §6.4.4)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Protocol

from mail.imap.dates import search_date
from mail.imap.quoting import quoted, string

# RFC 3501 §9: the largest UID. "*" would name the newest message even when it lies below the range.
HIGHEST_UID = 2**32 - 1


class Criterion(Protocol):
    """Something a message may or may not meet."""

    def search_key(self) -> bytes:
        """The criterion as one search-key, everything in it quoted."""
        ...


def charset(search_key: bytes) -> str | None:
    """The CHARSET a search needs; none for ASCII, since Exchange and Yahoo refuse to be told any."""
    return None if search_key.isascii() else "UTF-8"


@dataclass(frozen=True, slots=True)
class Header:
    """A header field contains the text; with an empty text, the field is there."""

    name: str
    value: str

    def search_key(self) -> bytes:
        return b"HEADER %b %b" % (quoted(self.name), string(self.value))


@dataclass(frozen=True, slots=True)
class _Contains:
    value: str
    key: ClassVar[bytes]

    def search_key(self) -> bytes:
        return b"%b %b" % (self.key, string(self.value))


class From(_Contains):
    """The From field contains the text."""

    __slots__ = ()
    key = b"FROM"


class To(_Contains):
    """The To field contains the text."""

    __slots__ = ()
    key = b"TO"


class Cc(_Contains):
    """The Cc field contains the text."""

    __slots__ = ()
    key = b"CC"


class Bcc(_Contains):
    """The Bcc field contains the text."""

    __slots__ = ()
    key = b"BCC"


class Subject(_Contains):
    """The subject contains the text."""

    __slots__ = ()
    key = b"SUBJECT"


class Text(_Contains):
    """The header or the body contains the text."""

    __slots__ = ()
    key = b"TEXT"


@dataclass(frozen=True, slots=True)
class Since:
    """The message arrived on this day or later, in the server's own time zone."""

    day: date

    def search_key(self) -> bytes:
        return b"SINCE " + search_date(self.day)


@dataclass(frozen=True, slots=True)
class Before:
    """The message arrived before this day, in the server's own time zone."""

    day: date

    def search_key(self) -> bytes:
        return b"BEFORE " + search_date(self.day)


@dataclass(frozen=True, slots=True)
class Younger:
    """The message arrived within these seconds before now, by the server's clock (RFC 5032: WITHIN)."""

    seconds: int

    def search_key(self) -> bytes:
        return b"YOUNGER %d" % self.seconds


@dataclass(frozen=True, slots=True)
class Older:
    """The message arrived more than these seconds before now, by the server's clock (RFC 5032: WITHIN)."""

    seconds: int

    def search_key(self) -> bytes:
        return b"OLDER %d" % self.seconds


@dataclass(frozen=True, slots=True)
class UidRange:
    """The UID lies in the range, both ends included; without an end, up to the newest."""

    first: int
    last: int = HIGHEST_UID

    def search_key(self) -> bytes:
        return b"UID %d:%d" % (self.first, self.last)


@dataclass(frozen=True, slots=True)
class Larger:
    """The whole message has more octets than this."""

    octets: int

    def search_key(self) -> bytes:
        return b"LARGER %d" % self.octets


@dataclass(frozen=True, slots=True)
class Unseen:
    """Nobody has read the message."""

    def search_key(self) -> bytes:
        return b"UNSEEN"


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these is met; with none given, every message."""

    criteria: tuple[Criterion, ...] = ()

    def search_key(self) -> bytes:
        keys = [criterion.search_key() for criterion in self.criteria]
        return b"(%b)" % b" ".join(keys) if keys else b"ALL"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these is met; with none given, no message."""

    criteria: tuple[Criterion, ...]

    def search_key(self) -> bytes:
        keys = [criterion.search_key() for criterion in self.criteria]
        return _either(keys) if keys else b"NOT ALL"


@dataclass(frozen=True, slots=True)
class Not:
    """This is not met."""

    criterion: Criterion

    def search_key(self) -> bytes:
        return b"NOT " + self.criterion.search_key()


def _either(keys: list[bytes]) -> bytes:
    # OR takes two keys. Halving keeps a hundred of them seven deep, where servers limit nesting.
    if len(keys) == 1:
        return keys[0]
    middle = len(keys) // 2
    return b"OR %b %b" % (_either(keys[:middle]), _either(keys[middle:]))
