"""IMAP sessions of one account, kept between operations: a log-in costs more than a search."""

from functools import partial

from mail.account import ImapServer
from mail.imap.session import ImapSession
from mail.metrics import SILENT, Meter
from mail.oauth import AccessTokens, log_in
from mail.pool import Pool

# Long enough for the next watch in line; a watch that has ended leaves nothing behind.
WATCH_IDLE_SECONDS = 2.0


class ImapPool(Pool[ImapSession]):
    """At most `server.connections` sessions; which folder is open in one that is lent is anybody's guess."""

    def __init__(
        self,
        server: ImapServer,
        tokens: AccessTokens | None = None,
        *,
        idle_seconds: float = 30,
        meter: Meter = SILENT,
    ) -> None:
        self._server = server
        self._meter = meter.labelled(protocol="imap")
        self._tokens = tokens
        super().__init__(
            self._open,
            size=server.connections,
            idle_seconds=idle_seconds,
            meter=self._meter.labelled(purpose="operations"),
        )

    def for_watches(self) -> Pool[ImapSession]:
        """At most `server.watch_connections` more, to be kept for long; they knock at the same door."""
        return Pool(
            self._open,
            size=self._server.watch_connections,
            idle_seconds=WATCH_IDLE_SECONDS,
            waiting=None,
            entrance=self.entrance,
            meter=self._meter.labelled(purpose="watches"),
        )

    async def _open(self) -> ImapSession:
        return await log_in(self._tokens, partial(ImapSession.open, self._server))
