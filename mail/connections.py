"""An account's connections, which go on for as long as its settings stay the same."""

import asyncio

from mail.account import Account
from mail.mailbox import Mailbox
from mail.metrics import SILENT, Meter
from mail.oauth import AccessTokens
from mail.outbox import Outbox
from mail.smtp.pool import SmtpPool


class Connections:
    """What an account sends and reads through; none for a protocol that its settings leave out."""

    def __init__(
        self, name: str, account: Account, *, meter: Meter = SILENT, tokens: AccessTokens | None = None
    ) -> None:
        self._name = name
        self._account = account
        self._meter = meter
        self.tokens = tokens or (AccessTokens(account.oauth, account.address) if account.oauth else None)
        self._smtp_pool = SmtpPool(account.smtp, self.tokens, meter=meter) if account.smtp else None
        self.outbox = Outbox(account, self._smtp_pool, meter=meter) if self._smtp_pool else None
        self.mailbox = Mailbox(account.imap, name, self.tokens, meter=meter) if account.imap else None

    def for_settings(self, account: Account) -> "Connections":
        """These, if the settings are what they were; else new ones, which go on with the same tokens if they may."""
        if account == self._account:
            return self
        # A refresh token that the server has replaced is known to nobody else.
        same_client = (account.oauth, account.address) == (self._account.oauth, self._account.address)
        return Connections(self._name, account, meter=self._meter, tokens=self.tokens if same_client else None)

    async def close(self) -> None:
        """Close what rests and what listens; an operation under way may end first."""
        await asyncio.gather(*(part.close() for part in (self._smtp_pool, self.mailbox) if part))
