"""The newest of a folder too large to ask after each message, in whatever order they came to lie there."""

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from dev.lab import Lab, User
from dev.lab.fill import Filed, fill
from mail.imap.session import ImapSession
from mail.newest import FEW, newest_in_folder
from models.find import Criteria

pytestmark = pytest.mark.live

NOW = datetime.now(UTC).replace(microsecond=0)
MESSAGES = FEW + FEW // 2
APART = timedelta(minutes=9)
# How the messages came to lie in a folder, by what UIDs say of their age.
ORDERS = ("as they came", "shuffled", "backwards", "old ones moved here last")


def _dates(order: str) -> list[datetime]:
    dates = [NOW - APART * number for number in reversed(range(MESSAGES))]
    if order == "shuffled":
        random.Random(7).shuffle(dates)  # noqa: S311  # any order will do
    if order == "backwards":
        dates.reverse()
    return dates[FEW // 4 :] + dates[: FEW // 4] if order.startswith("old") else dates


@dataclass(frozen=True)
class Archive:
    """Folders of fifteen hundred messages each."""

    user: User
    dates: dict[str, list[datetime]]

    def newest(self, order: str, since: datetime, wanted: int) -> tuple[int, list[int]]:
        """How many there are since then, and the UIDs of the newest: what everybody's search should find."""
        timely = [(date, uid) for uid, date in enumerate(self.dates[order], 1) if date >= since]
        return len(timely), [uid for _, uid in sorted(timely, reverse=True)[:wanted]]


@pytest.fixture(scope="module")
def archive(lab: Lab) -> Archive:
    """Somebody who keeps everything."""
    user = lab.add_user()
    dates = {order: _dates(order) for order in ORDERS}
    for order in ORDERS:
        lab.create_folder(user.name, order)
        fill(lab, user.name, (Filed(b"Subject: x\r\n\r\nHi\r\n", date) for date in dates[order]), order)
    return Archive(user, dates)


@pytest.fixture(params=["to the second", "to the day"])
async def session(request: pytest.FixtureRequest, lab: Lab, archive: Archive) -> AsyncIterator[ImapSession]:
    """A server that knows WITHIN, and one that does not."""
    server = lab.account(archive.user.name).imap
    assert server
    session = await ImapSession.open(server)
    assert "WITHIN" in session.capabilities
    if request.param == "to the day":
        session.capabilities -= {"WITHIN"}
    yield session
    await session.close()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("frame", [timedelta(hours=1), timedelta(days=8, minutes=5), timedelta(days=400)])
async def test_the_newest_are_found_wherever_they_lie(
    archive: Archive, session: ImapSession, order: str, frame: timedelta
) -> None:
    """Newest first, to the second, and all that match are counted."""
    folder = await session.examine(order)
    found = await newest_in_folder(session, folder, Criteria(since=NOW - frame), 100)
    assert (found.matched, [one.uid for one in found.sightings]) == archive.newest(order, NOW - frame, 100)


async def test_without_a_time_frame_all_are_counted(archive: Archive, session: ImapSession) -> None:
    """And the newest are the same."""
    folder = await session.examine("shuffled")
    found = await newest_in_folder(session, folder, Criteria(), 5)
    assert (found.matched, [one.uid for one in found.sightings]) == archive.newest(
        "shuffled", NOW - APART * MESSAGES, 5
    )


async def test_the_folder_is_searched_twice_and_few_dates_are_loaded(
    lab: Lab, archive: Archive, session: ImapSession
) -> None:
    """Fifty thousand messages are no reason to ask after each."""
    folder = await session.examine("as they came")
    before = Counter(lab.imap_commands(archive.user.name))
    await newest_in_folder(session, folder, Criteria(since=NOW - timedelta(days=400)), 10)
    commands = "\n".join(Counter(lab.imap_commands(archive.user.name)) - before)
    assert len(re.findall("UID SEARCH", commands)) == 2
    assert all(int(first) > FEW for first in re.findall(r"UID FETCH (\d+)", commands))
