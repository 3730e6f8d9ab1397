"""IMAP sessions of one account, kept between operations: a log-in costs more than a search."""

from collections.abc import Awaitable, Callable

from mail.account import ImapServer
from mail.imap.session import ImapSession
from mail.pool import Pool

# Long enough for the next watch in line; a watch that has ended leaves nothing behind.
WATCH_IDLE_SECONDS = 2.0

TokenSource = Callable[[], Awaitable[str]]


class ImapPool(Pool[ImapSession]):
    """At most `server.connections` sessions; which folder is open in one that is lent is anybody's guess."""

    def __init__(
        self, server: ImapServer, token_source: TokenSource | None = None, *, idle_seconds: float = 30
    ) -> None:
        self._server = server
        self._token_source = token_source
        super().__init__(self._open, size=server.connections, idle_seconds=idle_seconds)

    def for_watches(self) -> Pool[ImapSession]:
        """At most `server.watch_connections` more, to be kept for long; they knock at the same door."""
        return Pool(
            self._open,
            size=self._server.watch_connections,
            idle_seconds=WATCH_IDLE_SECONDS,
            waiting=None,
            entrance=self.entrance,
        )

    async def _open(self) -> ImapSession:
        token = await self._token_source() if self._token_source else None
        return await ImapSession.open(self._server, token=token)
