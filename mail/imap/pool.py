"""IMAP sessions of one account, kept between operations: a log-in costs more than a search."""

from collections.abc import Awaitable, Callable

from mail.account import ImapServer
from mail.imap.session import ImapSession
from mail.pool import Pool

TokenSource = Callable[[], Awaitable[str]]


class ImapPool(Pool[ImapSession]):
    """At most `server.connections` sessions; which folder is open in one that is lent is anybody's guess."""

    def __init__(
        self, server: ImapServer, token_source: TokenSource | None = None, *, idle_seconds: float = 30
    ) -> None:
        self._server = server
        self._token_source = token_source
        super().__init__(self._open, size=server.connections, idle_seconds=idle_seconds)

    async def _open(self) -> ImapSession:
        token = await self._token_source() if self._token_source else None
        return await ImapSession.open(self._server, token=token)
