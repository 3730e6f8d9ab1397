"""An account's mailbox: letters found, read and filed."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from mail.account import ImapServer
from mail.answers import searches
from mail.arrival import arrivals, first_octets
from mail.find import carried, described, find_in_folder, missing_ids
from mail.folders import Folders
from mail.imap.criteria import AnyOf, Criterion, Header
from mail.imap.pool import ImapPool
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from mail.incoming import IncomingMessage, read_message
from mail.metrics import SILENT, Meter
from mail.oauth import AccessTokens
from models.find import FindRequest, FindResult, FoundMessage
from models.send import Filing
from models.wait import AwaitedLetter, LookResult, MessagePointer

SENT = "\\Sent"
# Headers of so many messages are held at once.
BATCH = 200

BeforeSearch = Callable[[FolderStatus], Awaitable[None]]


class Mailbox:
    """One account's folders over IMAP; reading changes nothing in them."""

    def __init__(
        self, server: ImapServer, account: str, tokens: AccessTokens | None = None, *, meter: Meter = SILENT
    ) -> None:
        self._account = account
        self._pool = ImapPool(server, tokens, meter=meter)
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
        """Log out everywhere; what listens would go on for ever, and is told to end."""
        await asyncio.gather(self._pool.close(), self._watching.end())

    async def look(
        self,
        letter: AwaitedLetter,
        keys: Collection[str],
        before_search: BeforeSearch,
        *,
        senders: Collection[str] = (),
    ) -> LookResult:
        """Search each folder for answers; `before_search` hears how a folder stood before it was searched."""
        wanted = tuple(searches(letter, keys, senders))
        pointers: list[MessagePointer] = []
        async with self.session() as session:
            folders = Folders(session, letter.folders)
            async for folder in folders.opened():
                await before_search(folder)
                found = await self._answers(session, folder, keys, wanted)
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
            found = await session.search(_copies(message_id))
            return await read_message(session, status, found[-1]) if found else None

    async def file_in_sent(self, raw: bytes, message_id: str, date: datetime) -> Filing:
        """Put a copy into Sent, if there is such a folder, unless the server has filed its own."""
        async with self.session() as session:
            folder = await session.special_folder(SENT)
            if folder is None:
                return Filing(folder=None)
            if filed := await self._filed(session, folder, message_id):
                return filed
            await session.append(folder, raw, flags=("\\Seen",), date=date)
            return Filing(folder=folder)

    async def filed_by_server(self, message_id: str) -> Filing:
        """Where the server has put a copy of its own by now, if it has."""
        async with self.session() as session:
            folder = await session.special_folder(SENT)
            filed = await self._filed(session, folder, message_id) if folder else None
            return filed or Filing(folder=None)

    async def _filed(self, session: ImapSession, folder: str, message_id: str) -> Filing | None:
        status = await session.examine(folder)
        copies = await session.search(_copies(message_id))
        if not copies:
            return None
        found = {one.pointer.message_id for one in await described(session, status, copies[-1:])}
        return Filing(folder=folder, renamed_to=next(iter(found - {message_id, ""}), ""))

    async def _answers(
        self, session: ImapSession, status: FolderStatus, keys: Collection[str], wanted: Sequence[Criterion]
    ) -> list[MessagePointer]:
        uids = sorted({uid for one in wanted for uid in await session.search(one)})
        found: list[MessagePointer] = []
        for start in range(0, len(uids), BATCH):
            batch = uids[start : start + BATCH]
            arrived = await arrivals(session, status.name, status.uid_validity, batch, by_subject=True)
            found += [arrival.pointer for arrival in arrived if not set(arrival.keys).isdisjoint(keys)]
        return found


def _copies(message_id: str) -> Criterion:
    """Outlook.com files its copy under an id of its own."""
    return AnyOf((Header("Message-ID", message_id), Header("X-Microsoft-Original-Message-ID", message_id)))
