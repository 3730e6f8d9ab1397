"""What a mailbox's watch knows: who waits for what, and how far it has looked."""

import base64
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter

from models.request import Message
from models.wait import MessagePointer


class Cursor(Message):
    """How far a folder has been looked at; UIDs mean nothing under another UIDVALIDITY (RFC 3501 §2.3.1.1)."""

    uid_validity: int
    uid_next: int  # the first UID that has not been looked at


class Probe(Message):
    """The last time that the server answered for a folder; shown with the watch's pending activity."""

    at: datetime


class Registration(Message):
    """One wait and the keys by which its answers are known."""

    wait_id: str
    keys: tuple[str, ...]
    since: datetime
    until: datetime
    cursor: Cursor | None = None  # where the folder stood when this wait looked for itself


class Arrival(Message):
    """A new message: where it lies and the keys that it carries."""

    pointer: MessagePointer
    keys: tuple[str, ...]
    arrived: datetime | None = None  # when the server took it in, where it tells


class Attendance(Message):
    """How many wait for mail in a folder."""

    account: str
    folder: str
    waits: int


class Concern(Message):
    """A message and the wait that it belongs to."""

    wait_id: str
    pointer: MessagePointer


# wait id, keys, since and until in seconds: what a registration costs when ten thousand travel together.
_Row = tuple[str, tuple[str, ...], int, int]
_ROWS = TypeAdapter(tuple[_Row, ...])


def _packed(registrations: Iterable[Registration]) -> str:
    rows = tuple((r.wait_id, r.keys, int(r.since.timestamp()), int(r.until.timestamp())) for r in registrations)
    return base64.b64encode(zlib.compress(_ROWS.dump_json(rows))).decode()


def _unpacked(value: object) -> object:
    if not isinstance(value, str):
        return value
    rows = _ROWS.validate_json(zlib.decompress(base64.b64decode(value))) if value else ()
    return tuple(_registration(*row) for row in rows)


def _registration(wait_id: str, keys: tuple[str, ...], since: int, until: int) -> Registration:
    return Registration(
        wait_id=wait_id,
        keys=keys,
        since=datetime.fromtimestamp(since, UTC),
        until=datetime.fromtimestamp(until, UTC),
    )


# Ten thousand registrations travel from run to run in one payload, which may not exceed 2 MiB.
Register = Annotated[tuple[Registration, ...], BeforeValidator(_unpacked), PlainSerializer(_packed, return_type=str)]


class WatchState(Message):
    """A watch at its start, or as it continues as new."""

    account: str
    folder: str
    register_of: Register = ()
    cursor: Cursor | None = None

    @classmethod
    def begin(cls, account: str, folder: str) -> Self:
        """A watch that nobody has registered with yet."""
        return cls(account=account, folder=folder)


class WatchRequest(Message):
    """Watch a folder from this cursor on; without one, from the earliest answer that anybody waits for."""

    watch_id: str
    account: str
    folder: str
    cursor: Cursor | None
    since: datetime
