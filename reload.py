"""Settings that are read again while the worker runs: accounts, policy and templates; the rest needs a restart."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from temporalio.service import RPCError

from configuration import SettingsError
from mail.accounts import Accounts
from mail.template import Templates
from settings import Settings

# What a worker can take up as it goes; with anything else its connections, queues and keys would have to change.
RELOADED = frozenset({"accounts", "default_account", "policy", "templates"})

# Has the watches of an account ask its server again.
Resume = Callable[[str], Awaitable[None]]

log = logging.getLogger("worker")


class Reload:
    """Takes up what has changed in the settings; those that cannot be used are refused as a whole."""

    def __init__(self, settings: Settings, accounts: Accounts, resume: Resume) -> None:
        self._at_start = settings
        self._accounts = accounts
        self._resume_watches = resume

    async def take(self) -> None:
        """Read file, environment and secret files again, and go on with what they say."""
        try:
            settings = Settings.load()
        except SettingsError as error:
            reasons = "; ".join(str(error).splitlines())
            log.error("settings not reloaded, the worker goes on with those it has: %s", reasons)  # noqa: TRY400
            return
        changed = await self._take_over(settings)
        log.info("settings reloaded; changed accounts: %s", ", ".join(changed) or "none")
        if fixed := self._fixed(settings):
            log.warning("these settings have changed, too, and need a restart: %s", ", ".join(fixed))
        await self._resume(changed)

    async def _take_over(self, settings: Settings) -> tuple[str, ...]:
        """The accounts that were changed, added or removed."""
        before = self._accounts.names
        replaced = await self._accounts.replace(
            settings.accounts,
            default=settings.default_account,
            policy=settings.policy,
            templates=Templates(settings.templates),
        )
        return (*replaced, *(name for name in settings.accounts if name not in before))

    def _fixed(self, settings: Settings) -> tuple[str, ...]:
        """What is not as it was when the worker started, and cannot be taken up."""
        names = [name for name in Settings.model_fields if name not in RELOADED]
        changed = [name for name in names if getattr(settings, name) != getattr(self._at_start, name)]
        # What a watch takes note of is settled when it begins.
        if settings.policy.match_by_subject != self._at_start.policy.match_by_subject:
            changed.append("policy.match_by_subject (where folders are watched)")
        return tuple(changed)

    async def _resume(self, accounts: tuple[str, ...]) -> None:
        """A watch that was refused would ask again by itself, within half an hour."""
        try:
            for account in accounts:
                await self._resume_watches(account)
        except RPCError as error:
            log.warning("watches will ask again later, Temporal does not take it now: %s", error)


@asynccontextmanager
async def reloading(reload: Reload, hangup: asyncio.Event) -> AsyncGenerator[None, None]:
    """Reload whenever the event is set, while the block runs."""
    task = asyncio.create_task(_repeat(reload, hangup))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(reload: Reload, hangup: asyncio.Event) -> None:
    while True:
        await hangup.wait()
        hangup.clear()
        await reload.take()
