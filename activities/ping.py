"""Ping: each server on its own, so that one that hangs does not hide the other."""

from temporalio import activity

from mail.accounts import Accounts
from models.ping import ServerPing


class PingActivities:
    """Log in to servers and say what was found; a failure is an answer."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="ping.account")
    async def account(self, account: str) -> str:
        """The configured name of an account."""
        return self._accounts.open(account).name

    @activity.defn(name="ping.smtp")
    async def smtp(self, account: str) -> ServerPing | None:
        """Log in to the account's SMTP server; null where none is configured."""
        return await self._accounts.open(account).ping_smtp()

    @activity.defn(name="ping.imap")
    async def imap(self, account: str) -> ServerPing | None:
        """Log in to the account's IMAP server; null where none is configured."""
        return await self._accounts.open(account).ping_imap()
