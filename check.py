"""What `worker.py --check` tells: the settings as understood, and how every server of every account answers."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from client.display import say
from configuration import missing_file
from mail.account import Account, Server
from mail.accounts import Accounts
from models.ping import ServerPing
from settings import Settings

COLOURS = {"ok": "green", "failed": "red", "not configured": "dim"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One protocol of one account, and what came of a log-in; no answer where no server is configured."""

    account: str
    protocol: str
    login: str
    answer: ServerPing | None

    @property
    def state(self) -> str:
        """One of the words that have a colour."""
        if self.answer is None:
            return "not configured"
        return "ok" if self.answer.ok else "failed"

    @property
    def plain(self) -> dict[str, Any]:
        """For programs."""
        told = self.answer.model_dump(mode="json", exclude={"ok"}) if self.answer else {}
        return {"account": self.account, "protocol": self.protocol, "state": self.state, "login": self.login, **told}


async def check(settings: Settings, accounts: Accounts, console: Console, *, as_json: bool) -> bool:
    """Tell the settings without their secrets, and what came of each log-in; whether all is well."""
    trials = [trial async for trial in _trials(settings, accounts)]
    warnings = [*filter(None, [missing_file()]), *_missing_folders(settings)]
    if as_json:
        servers = [trial.plain for trial in trials]
        told = {"settings": settings.model_dump(mode="json"), "warnings": warnings, "servers": servers}
        say(console, json.dumps(told, ensure_ascii=False, indent=2))
    else:
        say(console, settings.model_dump_json(indent=2))
        for warning in warnings:
            say(console, f"warning: {warning}")
        console.print(_table(trials))
    return all(trial.state != "failed" for trial in trials)


async def _trials(settings: Settings, accounts: Accounts) -> AsyncIterator[Trial]:
    """One after the other: the latency is each server's own."""
    for name, account in settings.accounts.items():
        at_work = accounts.open(name)
        yield Trial(name, "smtp", _login(account, account.smtp), await at_work.ping_smtp())
        yield Trial(name, "imap", _login(account, account.imap), await at_work.ping_imap())


def _login(account: Account, server: Server | None) -> str:
    if server is None:
        return ""
    return "token" if account.oauth else "password" if server.username else "none"


def _missing_folders(settings: Settings) -> Iterator[str]:
    """No error: they may be mounted later."""
    for key in ("attachment_roots", "download_roots"):
        for folder in getattr(settings.policy, key):
            if not folder.is_dir():
                yield f"policy.{key}: there is no folder {folder}"


def _table(trials: list[Trial]) -> Table:
    table = Table("Account", "Protocol", "State", "ms", "TLS", "Login", "Server", "Error", box=None, pad_edge=False)
    for trial in trials:
        answer = trial.answer or ServerPing(ok=False)
        ms = "" if answer.latency_ms is None else f"{answer.latency_ms:.0f}"
        words = (ms, answer.tls or "none" if answer.ok else "", trial.login, answer.server, answer.error or "")
        state = Text(trial.state, COLOURS[trial.state])
        table.add_row(trial.account, trial.protocol, state, *map(Text, words))
    return table
