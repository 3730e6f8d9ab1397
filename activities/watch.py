"""Watching a folder: the one long connection behind all its waits."""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from temporalio import activity

from activities.foreign_token import note_foreign_token
from activities.heartbeat import current_pulse
from activities.watches import Watches
from mail.accounts import Accounts
from mail.correlation import is_token_key
from mail.open_account import OpenAccount
from mail.trace import beyond_traces
from mail.watch import FolderWatch
from models.watch import Arrival, Cursor, Probe, WatchRequest


class WatchActivities:
    """Mailboxes that are listened to."""

    def __init__(self, accounts: Accounts, watches: Watches) -> None:
        self._accounts = accounts
        self._watches = watches

    @activity.defn(name="watch.folder")
    async def watch(self, request: WatchRequest) -> Cursor | None:
        """Tell waits of their mail until nobody waits or this worker stops; says how far it has looked."""
        account = self._accounts.open(request.account)
        watch = FolderWatch(
            account.mailbox,
            request.folder,
            since=request.since,
            cursor=_resumed(request),
            tell=Messenger(self._watches, request.watch_id, account).tell,
            looked=_Probes().note,
            meter=account.meter,
            by_subject=account.policy.match_by_subject,
        )
        await _until_stopped(watch)
        return watch.cursor


class _Probes:
    """Notes every proof that a folder is really listened to, where people and a later attempt find it."""

    def __init__(self) -> None:
        self._pulse = current_pulse()

    def note(self, cursor: Cursor) -> None:
        self._pulse.record(cursor, Probe(at=datetime.now(UTC)))


class Messenger:
    """Takes new mail to the waits that it concerns."""

    def __init__(self, watches: Watches, watch_id: str, account: OpenAccount) -> None:
        self._watches = watches
        self._watch_id = watch_id
        self._account = account
        # A sweep sees the same mail again and again; each signal costs its wait history.
        self._told: set[tuple[str, int, int]] = set()
        self._tagged: set[str] = set()

    async def tell(self, arrivals: Sequence[Arrival]) -> None:
        concerns = await self._watches.concerned(self._watch_id, arrivals)
        self._note_foreign(arrivals, {concern.pointer.identity for concern in concerns})
        for concern in concerns:
            told = (concern.wait_id, concern.pointer.uid_validity, concern.pointer.uid)
            if told in self._told:
                continue
            if not await self._watches.point(concern):
                await self._watches.release(self._watch_id, concern.wait_id)
            self._told.add(told)

    def _note_foreign(self, arrivals: Sequence[Arrival], claimed: AbstractSet[str]) -> None:
        """Only at first sight: a sweep finds answers again whose waits have ended."""
        tagged = {one.pointer.identity: one.pointer for one in arrivals if any(map(is_token_key, one.keys))}
        for identity in tagged.keys() - claimed - self._tagged:
            note_foreign_token(self._account, tagged[identity])
        self._tagged |= tagged.keys()


def _resumed(request: WatchRequest) -> Cursor | None:
    """Where an attempt whose worker died had come to, else where the last watch ended."""
    beats = activity.info().heartbeat_details
    return Cursor.model_validate(beats[0]) if beats else request.cursor


async def _until_stopped(watch: FolderWatch) -> None:
    with beyond_traces():
        watching = asyncio.create_task(watch.run())
    stopping = asyncio.create_task(activity.wait_for_worker_shutdown())
    try:
        await asyncio.wait((watching, stopping), return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        # Nobody waits any more, or the watch continues as new: what it has come to is its answer.
        if not activity.is_cancelled():
            raise
    finally:
        await _stopped(watching, stopping)


async def _stopped(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
