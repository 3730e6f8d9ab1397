"""An account's mailbox: letters found, read and filed."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from mail.account import ImapServer
from mail.arrival import arrivals, first_octets
from mail.correlation import thread_index
from mail.find import carried, find_in_folder, missing_ids
from mail.folders import Folders
from mail.imap.criteria import All, AnyOf, Criterion, From, Header, Since
from mail.imap.pool import ImapPool, TokenSource
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from mail.incoming import IncomingMessage, read_message
from models.find import FindRequest, FindResult, FoundMessage
from models.wait import AwaitedLetter, LookResult, MessagePointer

SENT = "\\Sent"
# SINCE knows days only, in the server's own time zone, and a letter's date is another machine's.
CLOCKS_APART = timedelta(days=1)
# Headers of so many messages are held at once.
BATCH = 200

# The characters of a Thread-Index that answers leave as they are: 21 octets, all in whole characters.
_THREAD = 28

BeforeSearch = Callable[[FolderStatus], Awaitable[None]]


class Mailbox:
    """One account's folders over IMAP; reading changes nothing in them."""

    def __init__(self, server: ImapServer, account: str, token_source: TokenSource | None = None) -> None:
        self._account = account
        self._pool = ImapPool(server, token_source)
        self._watching = self._pool.for_watches()

    def session(self) -> AbstractAsyncContextManager[ImapSession]:
        """A session for a short operation, out of the few that the account has."""
        return self._pool.session()

    def own_session(self) -> AbstractAsyncContextManager[ImapSession]:
        """A session for a long time, apart from those for short operations; first come, first served."""
        return self._watching.session()

    @property
    def own_session_wanted(self) -> bool:
        """Whether somebody waits for a session of his own, so that others should give theirs back."""
        return self._watching.wanted

    async def close(self) -> None:
        """Log out everywhere."""
        await asyncio.gather(self._pool.close(), self._watching.close())

    async def look(self, letter: AwaitedLetter, keys: Collection[str], before_search: BeforeSearch) -> LookResult:
        """Search each folder for answers; `before_search` hears how a folder stood before it was searched."""
        pointers: list[MessagePointer] = []
        async with self.session() as session:
            folders = Folders(session, letter.folders)
            async for folder in folders.opened():
                await before_search(folder)
                found = await self._answers(session, folder, letter, keys)
                folders.matched(folder.name, len(found))
                pointers += found
        return LookResult(account=self._account, pointers=tuple(pointers), folders=folders.outcomes)

    async def find(self, request: FindRequest) -> FindResult:
        """The messages that meet the criteria, newest first, and which Message-IDs no folder has."""
        found: list[FoundMessage] = []
        async with self.session() as session:
            folders = Folders(session, request.folders)
            async for folder in folders.opened():
                here = await find_in_folder(session, folder, request.criteria)
                folders.matched(folder.name, len(here))
                found += here
        kept = carried(found, request.limit)
        return FindResult(
            account=self._account,
            found=tuple(kept),
            missing=missing_ids(request.criteria.message_ids, found),
            truncated=len(found) > len(kept),
            folders=folders.outcomes,
        )

    async def read(self, pointer: MessagePointer) -> IncomingMessage | None:
        """Read one message; None when it is not there any more."""
        async with self.session() as session:
            status = await session.examine(pointer.folder)
            uid = pointer.uid
            if status.uid_validity != pointer.uid_validity:
                found = await session.search(Header("Message-ID", pointer.message_id))
                uid = found[-1] if found and pointer.message_id else 0
            return await read_message(session, status, uid) if uid else None

    async def first_octets(self, pointer: MessagePointer, octets: int) -> bytes:
        """The beginning of a message, as it came; empty when it is gone."""
        async with self.session() as session:
            await session.examine(pointer.folder)
            return await first_octets(session, pointer.uid, octets)

    async def find_in_sent(self, message_id: str) -> IncomingMessage | None:
        """The copy of a letter of ours in Sent, if there is one."""
        async with self.session() as session:
            folder = await session.special_folder(SENT)
            if folder is None:
                return None
            status = await session.examine(folder)
            found = await session.search(Header("Message-ID", message_id))
            return await read_message(session, status, found[-1]) if found else None

    async def file_in_sent(self, raw: bytes, message_id: str, date: datetime) -> str | None:
        """Put a copy into Sent unless the server has filed its own; None where there is no such folder."""
        async with self.session() as session:
            folder = await session.special_folder(SENT)
            if folder is None:
                return None
            await session.examine(folder)
            if not await session.search(Header("Message-ID", message_id)):
                await session.append(folder, raw, flags=("\\Seen",), date=date)
            return folder

    async def _answers(
        self, session: ImapSession, status: FolderStatus, letter: AwaitedLetter, keys: Collection[str]
    ) -> list[MessagePointer]:
        uids = await session.search(_criterion(letter, keys))
        found: list[MessagePointer] = []
        for start in range(0, len(uids), BATCH):
            batch = await arrivals(session, status.name, status.uid_validity, uids[start : start + BATCH])
            found += [arrival.pointer for arrival in batch if not set(arrival.keys).isdisjoint(keys)]
        return found


def _criterion(letter: AwaitedLetter, keys: Collection[str]) -> Criterion:
    """All that may be an answer; the headers then tell which are."""
    tokens = [key.removeprefix("token:") for key in keys if key.startswith("token:")]
    answers: list[Criterion] = [
        Header(name, message_id)
        for message_id in letter.message_ids
        for name in ("In-Reply-To", "References", "X-Microsoft-Original-Message-ID")
    ]
    tagged: list[Criterion] = [Header(name, token) for token in tokens for name in ("To", "Cc", "Delivered-To")]
    threads: list[Criterion] = [Header("Thread-Index", thread_index(one)[:_THREAD]) for one in letter.message_ids]
    reports: list[Criterion] = [
        Header("Content-Type", "report"),
        Header("X-Failed-Recipients", ""),
        From("mailer-daemon"),
    ]
    return All((Since((letter.since - CLOCKS_APART).date()), AnyOf((*answers, *tagged, *threads, *reports))))
