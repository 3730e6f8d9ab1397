"""Where files are kept for good: a folder, S3, Google Cloud Storage or Azure, by URL."""

import asyncio
import fcntl
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import LocalStore, ObjectStore, from_url

from mail.errors import NotConfigured, ServerUnavailable

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode, UpdateVersion  # they exist for type checkers alone

# S3 takes no smaller parts; one at a time keeps a transfer within a few megabytes of memory.
_PART_OCTETS = 5 * 1024 * 1024
_PIECE_OCTETS = 256 * 1024
_LOCK = ".lock"
# Whoever was faster has finished by then.
_CONFLICT_PAUSE_SECONDS = 0.02

Change = Callable[[bytes], bytes]


class Storage:
    """Objects by key; nothing is opened before it is needed, so that those who save nothing need none.

    The library's own coroutines abort a process that ends soon after one of them; its functions in threads do not.
    """

    def __init__(self, url: str, store: ObjectStore | None = None) -> None:
        self._url = url.rstrip("/")
        self._given = store

    def uri(self, key: str) -> str:
        """Where the object of this key is found."""
        return f"{self._url}/{quote(key)}"

    async def put_file(self, key: str, path: Path, size: int) -> None:
        """Store a file unless an object of this key and size is there; nobody ever sees a part of it."""
        await asyncio.to_thread(self._put_file, key, path, size)

    async def change(self, key: str, change: Change) -> None:
        """Replace an object by what `change` makes of it; changes at the same time follow one another."""
        await asyncio.to_thread(self._change, key, change)

    @cached_property
    def _store(self) -> ObjectStore:
        if self._given is not None:
            return self._given
        try:
            return from_url(self._url, mkdir=True) if self._url.startswith("file:") else from_url(self._url)
        except (BaseError, OSError, ValueError) as error:
            raise self._unusable(error) from None

    def _put_file(self, key: str, path: Path, size: int) -> None:
        store = self._store
        with self._translated():
            if _size(store, key) == size:
                return
            with (
                path.open("rb") as file,
                obstore.open_writer(store, key, buffer_size=_PART_OCTETS, max_concurrency=1) as writer,
            ):
                while piece := file.read(_PIECE_OCTETS):
                    writer.write(piece)

    def _change(self, key: str, change: Change) -> None:
        store = self._store
        with self._translated(), _turn(store):
            while not _try_to_change(store, key, change):
                time.sleep(_CONFLICT_PAUSE_SECONDS)

    def _unusable(self, error: Exception) -> NotConfigured:
        return NotConfigured(f"storage.url {self._url} cannot be used: {_first_line(error)}")

    @contextmanager
    def _translated(self) -> Generator[None, None, None]:
        try:
            yield
        except (PermissionDeniedError, PermissionError, UnauthenticatedError) as error:
            raise self._unusable(error) from None
        except (BaseError, OSError, ValueError) as error:
            raise ServerUnavailable(f"storage {self._url} does not take the file: {_first_line(error)}") from None


def _size(store: ObjectStore, key: str) -> int | None:
    try:
        return obstore.head(store, key)["size"]
    except FileNotFoundError:
        return None


@contextmanager
def _turn(store: ObjectStore) -> Generator[None, None, None]:
    """A folder knows no conditional writing, but a lock that the system frees should its holder die."""
    if not isinstance(store, LocalStore) or store.prefix is None:
        yield
        return
    with (store.prefix / _LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _try_to_change(store: ObjectStore, key: str, change: Change) -> bool:
    """False when somebody else was faster (RFC 9110 §13.1.1)."""
    try:
        found = obstore.get(store, key)
    except FileNotFoundError:
        return _put_if(store, key, change(b""), "create")
    before = bytes(found.bytes())
    after = change(before)
    return after == before or _put_if(store, key, after, _version(found.meta))


def _put_if(store: ObjectStore, key: str, octets: bytes, mode: "PutMode") -> bool:
    locked = isinstance(store, LocalStore)
    try:
        obstore.put(store, key, octets, mode="overwrite" if locked else mode)
    except (AlreadyExistsError, PreconditionError):
        return False
    return True


def _version(meta: "ObjectMeta") -> "UpdateVersion":
    """What has to be unchanged; stores tell an ETag, a version or both."""
    version: UpdateVersion = {}
    if meta["e_tag"] is not None:
        version["e_tag"] = meta["e_tag"]
    if meta["version"] is not None:
        version["version"] = meta["version"]
    return version


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
