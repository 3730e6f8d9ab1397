"""The accounts of this worker, by name."""

import asyncio
from collections.abc import Mapping

from mail.account import Account
from mail.dkim_signature import TxtLookup
from mail.errors import UnknownAccount
from mail.open_account import OpenAccount
from mail.policy import Policy
from mail.template import Templates
from models.request import unknown_name


class Accounts:
    """Every configured account, its connections opened as they are needed."""

    def __init__(
        self,
        accounts: Mapping[str, Account],
        *,
        default: str,
        policy: Policy,
        templates: Templates,
        dns: TxtLookup,
    ) -> None:
        self._default = default
        self._open = {
            name: OpenAccount(name, account, policy=policy, templates=templates, dns=dns)
            for name, account in accounts.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The configured names."""
        return tuple(self._open)

    def open(self, name: str) -> OpenAccount:
        """The account of this name, whatever its case; an empty name means the default."""
        account = self._open.get((name or self._default).lower())
        if account is None:
            raise UnknownAccount(f"account {name!r}: {unknown_name(name, self._open)}", account=name)
        return account

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(account.close() for account in self._open.values()))
