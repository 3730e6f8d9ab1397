"""What a server's responses mean: messages, folders, search results (RFC 3501 §7)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mail.imap.bodystructure import body_part, text
from mail.imap.dates import parse_date_time
from mail.imap.quoting import decode_utf7
from mail.imap.tokens import Atom, values
from mail.imap.wire import Reply, Response, response_code
from mail.structure import BodyPart

_FETCH = re.compile(rb"\d+ FETCH (?=\()", re.IGNORECASE)
_SECTION = re.compile(r"BODY\[([^\] ]*)[^\]]*\]", re.IGNORECASE)
_QUOTED = rb'"(?:[^"\\]|\\.)*"'
_LIST = re.compile(rb"LIST \(([^)]*)\) (NIL|" + _QUOTED + rb") (" + _QUOTED + rb"|[^ ]+)", re.IGNORECASE)
_LIST_LITERAL = re.compile(rb"\{\d+\}$")
_ESCAPE = re.compile(rb"\\(.)")

# What still can be told of a line that cannot be parsed as a whole.
_LEGIBLE = {
    "UID": re.compile(rb"[( ]UID (\d{1,20})\b", re.IGNORECASE),
    "RFC822.SIZE": re.compile(rb"[( ]RFC822\.SIZE (\d{1,20})\b", re.IGNORECASE),
    "FLAGS": re.compile(rb"[( ]FLAGS \(([^()\"]*)\)", re.IGNORECASE),
    "INTERNALDATE": re.compile(rb'[( ]INTERNALDATE "([^"]*)"', re.IGNORECASE),
}
_LITERAL_SECTION = re.compile(rb"(BODY\[[^\]]*\])(?:<\d+>)? \{\d+\}$", re.IGNORECASE)

# As many as 64 bits have; the numbers of the protocol have 32 or 63 (RFC 3501 §9, RFC 7162 §7).
_MOST_DIGITS = 20

_Items = dict[str, Atom]


@dataclass(frozen=True, slots=True)
class FetchedMessage:
    """What was asked about one message; what was not, or could not be read, is empty."""

    uid: int
    flags: frozenset[str] = frozenset()
    internal_date: datetime | None = None
    size: int | None = None
    structure: BodyPart | None = None
    # By section, without field names and offsets: "", "HEADER", "HEADER.FIELDS", "1.2", "2.MIME".
    sections: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True, slots=True)
class FolderStatus:
    """A folder at the moment it was opened; UIDs mean nothing once `uid_validity` has changed."""

    name: str
    uid_validity: int
    uid_next: int
    exists: int


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of the account, its name as people read it."""

    name: str
    delimiter: str | None
    flags: frozenset[str]  # attributes and special uses, lower case: "\\sent", "\\noselect"

    @property
    def last_name(self) -> str:
        """The name without the folders above it."""
        return self.name.rpartition(self.delimiter)[2] if self.delimiter else self.name


def fetched_messages(responses: Iterable[Response]) -> dict[int, FetchedMessage]:
    """The messages by UID; a server may tell about one message in several responses."""
    gathered: dict[int, _Items] = {}
    for response in responses:
        items = _fetch_items(response)
        uid = items.get("UID")
        if isinstance(uid, int):
            gathered.setdefault(uid, {}).update(items)
    return {uid: _message(uid, items) for uid, items in gathered.items()}


def searched_uids(responses: Iterable[Response]) -> tuple[int, ...]:
    """The UIDs of SEARCH responses, ascending."""
    found = (response[0][6:].partition(b"(")[0] for response in responses if response[0][:6].upper() == b"SEARCH")
    return tuple(sorted({int(uid) for line in found for uid in line.split() if _is_number(uid)}))


def folder_status(name: str, responses: Iterable[Response]) -> FolderStatus:
    """The state of a folder as SELECT and EXAMINE tell it, with 0 for what they do not."""
    codes: dict[str, str] = {}
    exists = 0
    for response in responses:
        number, _, rest = response[0].decode("utf-8", "replace").partition(" ")
        if number.upper() == "OK":
            codes.update([response_code(rest)])
        elif rest.upper() == "EXISTS" and _is_number(number):
            exists = int(number)
    uid_validity, uid_next = (_number(codes.get(code, "")) for code in ("UIDVALIDITY", "UIDNEXT"))
    return FolderStatus(name, uid_validity, uid_next, exists)


def listed_folders(responses: Iterable[Response]) -> tuple[Folder, ...]:
    """The folders of LIST responses; lines that are none are left out."""
    return tuple(folder for response in responses if (folder := _folder(response)))


def capabilities_of(reply: Reply) -> frozenset[str]:
    """What CAPABILITY told, in upper case."""
    lines = (response[0].decode("ascii", "replace").upper().split() for response in reply.responses)
    return frozenset(word for words in lines if words[:1] == ["CAPABILITY"] for word in words[1:])


def appended_uid(reply: Reply) -> int | None:
    """The UID an appended message was given, where the server says so (RFC 4315)."""
    code, arguments = response_code(reply.text)
    _, _, uid = arguments.partition(" ")
    return int(uid) if code == "APPENDUID" and _is_number(uid) else None


def _number(digits: str) -> int:
    return int(digits) if _is_number(digits) else 0


def _is_number(digits: str | bytes) -> bool:
    """Whether this is a number of the protocol (RFC 3501 §9); Python refuses to read one of thousands of digits."""
    return digits.isdigit() and digits.isascii() and len(digits) <= _MOST_DIGITS


def _folder(response: Response) -> Folder | None:
    found = _LIST.match(response[0])
    if not found:
        return None
    flags, delimiter, name = found.groups()
    if _LIST_LITERAL.match(name) and len(response) > 1:
        name = response[1]
    return Folder(
        decode_utf7(_unquoted(name)),
        None if delimiter.upper() == b"NIL" else text(_unquoted(delimiter)),
        frozenset(text(flag).lower() for flag in flags.split()),
    )


def _unquoted(name: bytes) -> bytes:
    return _ESCAPE.sub(rb"\1", name[1:-1]) if name.startswith(b'"') else name


def _fetch_items(response: Response) -> _Items:
    """The items of one FETCH response by name; nothing for other responses."""
    head = _FETCH.match(response[0])
    if not head:
        return {}
    body = (response[0][head.end() :], *response[1:])
    try:
        (items,) = values(body)
    except ValueError:
        return dict(_legible(body))
    pairs = zip(items[::2], items[1::2], strict=False) if isinstance(items, tuple) else ()
    return {_item_name(name): value for name, value in pairs}


def _item_name(name: Atom) -> str:
    section = _SECTION.match(text(name))
    return f"BODY[{section[1].upper()}]" if section else text(name).upper()


def _legible(body: Response) -> Iterator[tuple[str, Atom]]:
    """What can be told of a response whose parentheses or quotes do not match."""
    line = b" ".join(body[::2])
    for name, pattern in _LEGIBLE.items():
        if found := pattern.search(line):
            yield name, _LEGIBLE_VALUES[name](found[1])
    for announced, content in zip(body[0:-1:2], body[1::2], strict=True):
        if section := _LITERAL_SECTION.search(announced):
            yield _item_name(section[1]), content


_LEGIBLE_VALUES: Mapping[str, Callable[[bytes], Atom]] = {
    "UID": int,
    "RFC822.SIZE": int,
    "FLAGS": lambda flags: tuple(flags.split()),
    "INTERNALDATE": bytes,
}


def _message(uid: int, items: _Items) -> FetchedMessage:
    size = items.get("RFC822.SIZE")
    return FetchedMessage(
        uid,
        _flags(items.get("FLAGS")),
        _internal_date(items.get("INTERNALDATE")),
        size if isinstance(size, int) else None,
        _structure(items.get("BODYSTRUCTURE")),
        {name[5:-1]: _octets(value) for name, value in items.items() if name.startswith("BODY[")},
    )


def _flags(value: Atom) -> frozenset[str]:
    return frozenset(text(flag) for flag in value) if isinstance(value, tuple) else frozenset()


def _internal_date(value: Atom) -> datetime | None:
    try:
        return parse_date_time(text(value)) if value else None
    except ValueError:
        return None


def _structure(value: Atom) -> BodyPart | None:
    try:
        return body_part(value) if value else None
    except (ValueError, RecursionError):
        return None


def _octets(value: Atom) -> bytes:
    return value if isinstance(value, bytes) else text(value).encode()
