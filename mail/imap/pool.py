"""A few logged-in sessions of one account, lent to whoever needs one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mail.account import ImapServer
from mail.errors import AuthenticationFailed, ServerUnavailable
from mail.imap.session import ImapSession

TokenSource = Callable[[], Awaitable[str]]

# Servers lock accounts after a handful of failures; a corrected password may wait this long.
REFUSAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: AuthenticationFailed
    until: float


class ImapPool:
    """At most `server.connections` sessions; one that nobody wanted for `idle_seconds` is closed."""

    def __init__(
        self, server: ImapServer, token_source: TokenSource | None = None, *, idle_seconds: float = 30
    ) -> None:
        self._server = server
        self._token_source = token_source
        self._idle_seconds = idle_seconds
        self._places = asyncio.Semaphore(server.connections)
        self._entrance = asyncio.Lock()  # one log-in at a time: a wrong password is tried once, not by all
        self._resting: dict[ImapSession, asyncio.TimerHandle] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._refusal: _Refusal | None = None
        self._closed = False

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[ImapSession]:
        """Lend a session that works; which folder is open in it is anybody's guess."""
        async with self._places:
            session = await self._rested() or await self._opened()
            try:
                yield session
            except (ServerUnavailable, asyncio.CancelledError):
                session.drop()
                raise
            finally:
                await self._take_back(session)

    async def close(self) -> None:
        """Close what is not lent; the rest is closed when it comes back."""
        self._closed = True
        for session in tuple(self._resting):
            self._retire(session)
        await asyncio.gather(*self._closing)

    async def _rested(self) -> ImapSession | None:
        """A session from before that still works; those that do not are forgotten."""
        while self._resting:
            session, timer = self._resting.popitem()
            timer.cancel()
            if await _works(session):
                return session
        return None

    async def _opened(self) -> ImapSession:
        async with self._entrance:
            self._refuse_again()
            token = await self._token_source() if self._token_source else None
            try:
                return await ImapSession.open(self._server, token=token)
            except AuthenticationFailed as error:
                self._refusal = _Refusal(error, asyncio.get_running_loop().time() + REFUSAL_SECONDS)
                raise

    def _refuse_again(self) -> None:
        if self._closed:
            raise ServerUnavailable("The pool of IMAP sessions is closed.")
        refusal = self._refusal
        if refusal and asyncio.get_running_loop().time() < refusal.until:
            raise AuthenticationFailed(refusal.error.message, **refusal.error.details)

    async def _take_back(self, session: ImapSession) -> None:
        if session.closed:
            return
        if self._closed:
            await session.close()
            return
        loop = asyncio.get_running_loop()
        self._resting[session] = loop.call_later(self._idle_seconds, self._retire, session)

    def _retire(self, session: ImapSession) -> None:
        self._resting.pop(session).cancel()
        farewell = asyncio.get_running_loop().create_task(session.close())
        self._closing.add(farewell)
        farewell.add_done_callback(self._closing.discard)


async def _works(session: ImapSession) -> bool:
    # A server may have closed the connection long ago, without a word getting through.
    try:
        await session.noop()
    except ServerUnavailable:
        session.drop()
        return False
    return True
