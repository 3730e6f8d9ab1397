"""The accounts of this worker, by name."""

import asyncio
from collections.abc import Mapping

from mail.account import Account
from mail.dkim_signature import TxtLookup
from mail.errors import UnknownAccount
from mail.metrics import SILENT, Meter
from mail.open_account import OpenAccount
from mail.policy import Policy
from mail.template import Templates
from mail.trace import begin_work
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
        meter: Meter = SILENT,
    ) -> None:
        self._dns = dns
        self._meter = meter
        self._open: dict[str, OpenAccount] = {}
        self._take(accounts, default, policy, templates)

    async def replace(
        self, accounts: Mapping[str, Account], *, default: str, policy: Policy, templates: Templates
    ) -> tuple[str, ...]:
        """Go on with other settings; the names of the accounts whose connections had to be replaced.

        What listens on a replaced connection hears that it is lost, and comes back to the new settings; a letter that
        is being handed over is not interrupted.
        """
        before = {name: account.connections for name, account in self._open.items()}
        self._take(accounts, default, policy, templates)
        kept = {id(account.connections) for account in self._open.values()}
        replaced = {name: connections for name, connections in before.items() if id(connections) not in kept}
        await asyncio.gather(*(connections.close() for connections in replaced.values()))
        return tuple(replaced)

    def _take(self, accounts: Mapping[str, Account], default: str, policy: Policy, templates: Templates) -> None:
        self._default = default
        self._open = {
            name: OpenAccount(
                name,
                account,
                policy=policy,
                templates=templates,
                dns=self._dns,
                meter=self._meter.labelled(account=name),
                connections=self._open[name].connections.for_settings(account) if name in self._open else None,
            )
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
        begin_work(account.name)
        return account

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(account.connections.close() for account in self._open.values()))
