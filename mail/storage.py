"""Where files are kept for good: a folder, S3, Google Cloud Storage or Azure, by URL."""

import asyncio
import fcntl
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
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

from mail.errors import MailError, NotConfigured, ServerUnavailable

if TYPE_CHECKING:
    from obstore import PutMode, UpdateVersion  # they exist for type checkers alone

# S3 takes no smaller parts; one at a time keeps a transfer within a few megabytes of memory.
_PART_OCTETS = 5 * 1024 * 1024
_LOCK = ".lock"
_LOCK_PAUSE_SECONDS = 0.02

Change = Callable[[bytes], bytes]


class Storage:
    """Objects by key; nothing is opened before it is needed, so that those who save nothing need none."""

    def __init__(self, url: str, store: ObjectStore | None = None) -> None:
        self._url = url.rstrip("/")
        self._given = store

    def uri(self, key: str) -> str:
        """Where the object of this key is found."""
        return f"{self._url}/{quote(key)}"

    async def put_file(self, key: str, path: Path, size: int) -> None:
        """Store a file unless an object of this key and size is there; nobody ever sees a part of it."""
        with _translated(self._url):
            if await self._size(key) != size:
                await obstore.put_async(self._store, key, path, chunk_size=_PART_OCTETS, max_concurrency=1)

    async def change(self, key: str, change: Change) -> None:
        """Replace an object by what `change` makes of it; changes at the same time follow one another."""
        with _translated(self._url):
            async with self._turn():
                while not await self._try_to_change(key, change):  # noqa: ASYNC110  # others write from elsewhere
                    await asyncio.sleep(_LOCK_PAUSE_SECONDS)

    @cached_property
    def _store(self) -> ObjectStore:
        if self._given is not None:
            return self._given
        if self._url.startswith("file:"):
            return from_url(self._url, mkdir=True)
        return from_url(self._url)

    async def _size(self, key: str) -> int | None:
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError:
            return None

    async def _try_to_change(self, key: str, change: Change) -> bool:
        """False when somebody else was faster (RFC 9110 §13.1.1)."""
        try:
            found = await obstore.get_async(self._store, key)
        except FileNotFoundError:
            return await self._put_if(key, change(b""), "create")
        before = bytes(await found.bytes_async())
        after = change(before)
        version: UpdateVersion = {"e_tag": found.meta["e_tag"], "version": found.meta["version"]}
        return after == before or await self._put_if(key, after, version)

    async def _put_if(self, key: str, octets: bytes, mode: "PutMode") -> bool:
        locked = isinstance(self._store, LocalStore)
        try:
            await obstore.put_async(self._store, key, octets, mode="overwrite" if locked else mode)
        except (AlreadyExistsError, PreconditionError):
            return False
        return True

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None, None]:
        """A folder knows no conditional writing, but a lock that the system frees should its holder die."""
        store = self._store
        if not isinstance(store, LocalStore) or store.prefix is None:
            yield
            return
        with (store.prefix / _LOCK).open("ab") as lock:  # empty, and never read
            while not _locked(lock.fileno()):  # noqa: ASYNC110  # a thread that waits here could not be cancelled
                await asyncio.sleep(_LOCK_PAUSE_SECONDS)
            yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _translated(url: str) -> Generator[None, None, None]:
    try:
        yield
    except MailError:
        raise
    except (PermissionDeniedError, PermissionError, UnauthenticatedError, ValueError) as error:
        raise NotConfigured(f"storage.url {url} cannot be used: {_first_line(error)}") from None
    except (BaseError, OSError) as error:
        raise ServerUnavailable(f"the storage {url} does not take the file: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
