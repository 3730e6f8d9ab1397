"""SMTP connections of one account, kept between letters: a log-in costs more than a letter."""

from collections.abc import Awaitable, Callable

from mail.account import SmtpServer
from mail.pool import Pool
from mail.smtp.session import SmtpSession

# A server that hung up has said so within this time; after it, one round trip makes sure.
TRUSTED_SECONDS = 5.0

TokenSource = Callable[[], Awaitable[str]]


class SmtpPool(Pool[SmtpSession]):
    """At most `server.connections` connections; one that nobody wanted for `idle_seconds` is closed."""

    def __init__(
        self,
        server: SmtpServer,
        token_source: TokenSource | None = None,
        *,
        idle_seconds: float = 30,
        trusted_seconds: float = TRUSTED_SECONDS,
    ) -> None:
        self._server = server
        self._token_source = token_source
        super().__init__(
            self._open, size=server.connections, idle_seconds=idle_seconds, trusted_seconds=trusted_seconds
        )

    async def _open(self) -> SmtpSession:
        token = await self._token_source() if self._token_source else None
        return await SmtpSession.open(self._server, token=token)
