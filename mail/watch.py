"""One folder listened to: a push is looked up at once, and sweeps make up for pushes that were lost."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from mail.arrival import arrivals
from mail.errors import ServerUnavailable
from mail.imap.criteria import Since, UidRange
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from mail.mailbox import Mailbox
from mail.metrics import LAST_PROBE, SILENT, WATCH_LAG, Meter
from mail.trace import span
from models.watch import Arrival, Cursor

# A connection that a middlebox has dropped silently is noticed by the first command after IDLE;
# RFC 2177 allows 29 minutes, we want to know within two.
IDLE_SECONDS = 90.0
SWEEP_SECONDS = 3600.0
# SINCE knows days only, in the server's own time zone; older mail is covered by the cursor.
SWEEP_BACK = timedelta(days=1)
# Where more folders are watched than connections allow, each has its turn of listening, then the next in line has it.
TURN_SECONDS = 10.0
# A connection that lived this long was good: its successor needs no back-off.
GOOD_CONNECTION_SECONDS = 60.0
# Headers of so many messages are held at once.
BATCH = 200

Tell = Callable[[Sequence[Arrival]], Awaitable[None]]
# Called after every look that the server answered, whether or not there was something new.
Looked = Callable[[Cursor], None]


class FolderWatch:
    """Looks at every new message of a folder once, in order, whatever becomes of its connections."""

    def __init__(
        self,
        mailbox: Mailbox,
        folder: str,
        *,
        since: datetime,
        cursor: Cursor | None,
        tell: Tell,
        looked: Looked,
        by_subject: bool = False,
        meter: Meter = SILENT,
        idle_seconds: float = IDLE_SECONDS,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self.cursor = cursor
        self._mailbox = mailbox
        self._folder = folder
        self._since = since
        self._tell = tell
        self._report = looked
        self._meter = meter.labelled(folder=folder)
        self._by_subject = by_subject
        self._idle_seconds = idle_seconds
        self._turn_seconds = turn_seconds
        self._swept = time.monotonic()

    async def run(self) -> None:
        """Watch until cancelled; raises ServerUnavailable when connections do not last."""
        while True:
            connected = time.monotonic()
            try:
                await self._watch_connection()
            except ServerUnavailable:
                if time.monotonic() - connected < GOOD_CONNECTION_SECONDS:
                    raise

    async def _watch_connection(self) -> None:
        async with self._mailbox.own_session() as session:
            status = await session.examine(self._folder)
            await self._begin(session, status)
            end_of_turn = time.monotonic() + self._turn_seconds
            while True:
                await self._look_at_new(session)
                if time.monotonic() - self._swept >= SWEEP_SECONDS:
                    await self._sweep(session)
                    self._swept = time.monotonic()
                crowded = self._mailbox.own_session_wanted
                if crowded and time.monotonic() >= end_of_turn:
                    return
                await session.idle(self._turn_seconds if crowded else self._idle_seconds)

    async def _begin(self, session: ImapSession, status: FolderStatus) -> None:
        """Without a cursor that still holds, everything since the first wait is looked at again."""
        if self.cursor is not None and self.cursor.uid_validity == status.uid_validity:
            return
        for batch in _batches(await session.search(Since((self._since - SWEEP_BACK).date()))):
            await self._look_at(session, status.uid_validity, batch)
            self._advance(Cursor(uid_validity=status.uid_validity, uid_next=batch[-1] + 1))
        if self.cursor is None or self.cursor.uid_validity != status.uid_validity:
            self._advance(Cursor(uid_validity=status.uid_validity, uid_next=status.uid_next or 1))

    async def _look_at_new(self, session: ImapSession) -> None:
        with span("look for new mail"):
            cursor = self._standing()
            for batch in _batches(await session.search(UidRange(cursor.uid_next))):
                self._told(await self._look_at(session, cursor.uid_validity, batch))
                self._advance(Cursor(uid_validity=cursor.uid_validity, uid_next=batch[-1] + 1))
            self._looked(self._standing())

    async def _sweep(self, session: ImapSession) -> None:
        """Look again at what has come lately: a message that was missed once is not missed twice."""
        since = datetime.now(UTC) - SWEEP_BACK
        for batch in _batches(await session.search(Since(since.date()))):
            await self._look_at(session, self._standing().uid_validity, batch)

    async def _look_at(self, session: ImapSession, uid_validity: int, uids: Sequence[int]) -> Sequence[Arrival]:
        found = await arrivals(session, self._folder, uid_validity, uids, by_subject=self._by_subject)
        if found:
            await self._tell(found)
        return found

    def _told(self, found: Sequence[Arrival]) -> None:
        now = datetime.now(UTC)
        for arrival in found:
            if arrival.arrived is not None:  # by a clock that is not ours
                self._meter.record(WATCH_LAG, max(0.0, (now - arrival.arrived).total_seconds()))

    def _looked(self, cursor: Cursor) -> None:
        self._meter.record(LAST_PROBE, time.time())
        self._report(cursor)

    def _advance(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._looked(cursor)

    def _standing(self) -> Cursor:
        if self.cursor is None:
            raise RuntimeError("a watch has its cursor before it looks at new mail")
        return self.cursor


def _batches(uids: Sequence[int]) -> list[Sequence[int]]:
    return [uids[start : start + BATCH] for start in range(0, len(uids), BATCH)]
