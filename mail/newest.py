"""The newest messages of a folder that meet criteria, without asking after each of fifty thousand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mail.fetch import fetch_each
from mail.find import CLOCKS_APART, search_criteria
from mail.imap.criteria import All, Before, Criterion
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from models.find import Criteria

# The dates of so many messages come faster than a narrower search would answer.
FEW = 1000
# A day that begins so much later lies within the time frame, whatever the server's time zone.
BEYOND_DOUBT = 2 * CLOCKS_APART
_WIDER = 4
_ALWAYS = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A message in a folder, and when the server took it in."""

    folder: FolderStatus
    uid: int
    arrived: datetime

    @property
    def age(self) -> tuple[datetime, int]:
        """What messages are ordered by; of two that came in the same second, the higher UID is newer."""
        return self.arrived, self.uid


@dataclass(frozen=True, slots=True)
class Newest:
    """How many messages of a folder match, and the newest of them first."""

    matched: int
    sightings: tuple[Sighting, ...]


async def newest_in_folder(session: ImapSession, folder: FolderStatus, criteria: Criteria, wanted: int) -> Newest:
    """As many as are wanted of the open folder, true to the second; SINCE, which the server knows, is a day."""
    since = criteria.since or _ALWAYS
    uids = await _search(session, criteria, since)
    doubtful = recent = frozenset(uids)
    if len(uids) > FEW:
        doubtful = await _search(session, criteria, since, Before((since + BEYOND_DOUBT).date()))
        recent = await _recent(session, criteria, since, wanted) or recent
    arrivals = await _arrivals(session, doubtful | recent)
    timely = [Sighting(folder, uid, moment or since) for uid, moment in arrivals.items() if (moment or since) >= since]
    newest = sorted(timely, key=lambda one: one.age, reverse=True)[:wanted]
    return Newest(len(uids) - (len(arrivals) - len(timely)), tuple(newest))


async def _search(session: ImapSession, criteria: Criteria, since: datetime, *further: Criterion) -> frozenset[int]:
    dated = criteria.model_copy(update={"since": since})
    return frozenset(await session.search(All((*search_criteria(dated), *further))))


async def _recent(session: ImapSession, criteria: Criteria, since: datetime, wanted: int) -> frozenset[int]:
    """Those of the last days, of as many days as hold enough; none when even the whole time does not."""
    now, age = datetime.now(UTC), timedelta(days=1)
    while now - age > since:
        found = await _search(session, criteria, now - age)
        if len(found) >= wanted:
            return found
        age *= _WIDER
    return frozenset()


async def _arrivals(session: ImapSession, uids: Collection[int]) -> Mapping[int, datetime | None]:
    fetched = await fetch_each(session, sorted(uids), ("INTERNALDATE",))
    return {message.uid: message.internal_date for message in fetched}
