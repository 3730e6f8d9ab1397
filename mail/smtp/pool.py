"""SMTP connections of one account, kept between letters: a log-in costs more than a letter."""

from functools import partial

from mail.account import SmtpServer
from mail.metrics import SILENT, Meter
from mail.oauth import AccessTokens, log_in
from mail.pool import Pool
from mail.smtp.session import SmtpSession

# A server that hung up has said so within this time; after it, one round trip makes sure.
TRUSTED_SECONDS = 5.0


class SmtpPool(Pool[SmtpSession]):
    """At most `server.connections` connections; one that nobody wanted for `idle_seconds` is closed."""

    def __init__(
        self,
        server: SmtpServer,
        tokens: AccessTokens | None = None,
        *,
        idle_seconds: float = 30,
        trusted_seconds: float = TRUSTED_SECONDS,
        meter: Meter = SILENT,
    ) -> None:
        self._server = server
        self._tokens = tokens
        super().__init__(
            self._open,
            size=server.connections,
            idle_seconds=idle_seconds,
            trusted_seconds=trusted_seconds,
            meter=meter.labelled(protocol="smtp", purpose="operations"),
        )

    async def _open(self) -> SmtpSession:
        return await log_in(self._tokens, partial(SmtpSession.open, self._server))
