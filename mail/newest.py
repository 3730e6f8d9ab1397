"""The newest messages of a folder that meet criteria, without asking after each of fifty thousand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest

from mail.fetch import fetch_each
from mail.find import search_criteria
from mail.imap.criteria import All, AnyOf
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from mail.time_frame import since, until
from models.find import Criteria

# The dates of so many messages come faster than a narrower search would answer.
FEW = 1000
# Of so many times the messages wanted, the highest UIDs are looked at first: some may be old ones moved here.
_MOVED = 2
_ALWAYS = datetime.fromtimestamp(0, UTC)

Arrivals = dict[int, datetime]


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
    """As many as are wanted of the open folder, true to the second, which the server's search is not."""
    start = criteria.since or _ALWAYS
    uids = await session.search(All(tuple(search_criteria(session, criteria))))
    few = len(uids) <= FEW
    arrivals = await (_arrivals(session, uids, start) if few else _decisive(session, criteria, uids, wanted))
    timely = [Sighting(folder, uid, moment) for uid, moment in arrivals.items() if moment >= start]
    newest = nlargest(wanted, timely, key=lambda one: one.age)
    return Newest(len(uids) - (len(arrivals) - len(timely)), tuple(newest))


async def _decisive(session: ImapSession, criteria: Criteria, uids: Sequence[int], wanted: int) -> Arrivals:
    """When those came that may be among the newest, and those that may have come before the time frame."""
    start = criteria.since or _ALWAYS
    # Nearly always the highest UIDs came last. The server knows whether any other came as late.
    highest = await _arrivals(session, uids[-_MOVED * wanted :], start)
    late = min(nlargest(wanted, highest.values()), default=start)
    doubtful = AnyOf((since(session, late), until(session, start)))
    found = await session.search(All((*search_criteria(session, criteria), doubtful)))
    others = [uid for uid in found if uid not in highest and uid <= uids[-1]]
    return highest | await _arrivals(session, others, start)


async def _arrivals(session: ImapSession, uids: Sequence[int], unknown: datetime) -> dict[int, datetime]:
    fetched = await fetch_each(session, uids, ("INTERNALDATE",))
    return {message.uid: message.internal_date or unknown for message in fetched}
