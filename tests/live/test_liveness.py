"""A watch that looks alive is alive: its last proof is shown, and what has gone silent is replaced."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from chaos.proxy import Proxy
from chaos.station import Station
from dev.lab import Lab, User
from mail.account import ImapServer
from mail.errors import ServerUnavailable
from mail.mailbox import Mailbox
from mail.watch import IDLE_SECONDS, FolderWatch
from models.watch import Arrival, Cursor
from tests.live.desk import Desk, eventually, eventually_told, result_of
from workflows.ids import watch_id

pytestmark = pytest.mark.live

# Instead of a minute and a half, and of half a minute for an answer.
SHORT_IDLE, SHORT_PATIENCE = 0.3, 0.5
# A paused worker hears with its next heart-beat that it has been replaced.
HEARTBEAT_SECONDS = 5.0


async def heartbeat(desk: Desk) -> tuple[Cursor, datetime] | None:
    """What Temporal shows of the watch: how far it has looked, and when the server last answered."""
    watch = desk.temporal.get_workflow_handle(watch_id(desk.name, "INBOX"))
    for pending in (await watch.describe()).raw_description.pending_activities:
        if len(pending.heartbeat_details.payloads) > 1:
            cursor, probe = (payload.data for payload in pending.heartbeat_details.payloads)
            found = re.search(rb'"at":"([^"]+)"', probe)
            assert found
            return Cursor.model_validate_json(cursor), datetime.fromisoformat(found[1].decode())
    return None


async def test_the_last_proof_of_life_is_shown(desk: Desk, alice: User) -> None:
    """With the pending activity of the watch, in Temporal's UI and CLI."""
    wait = await desk.ask(alice)
    shown = await eventually_told(lambda: heartbeat(desk))
    assert shown
    cursor, at = shown
    assert cursor.uid_next == 1
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    await wait.stop_waiting("seen")
    await result_of(wait)


@pytest.fixture
async def line(lab: Lab) -> AsyncIterator[Proxy]:
    """The line to Dovecot."""
    async with Proxy.running(lab.ports["IMAP"]) as proxy:
        yield proxy


async def test_a_line_that_has_gone_silent_is_replaced(lab: Lab, lab_user: User, line: Proxy) -> None:
    """A middlebox that swallows everything is found out; mail that came meanwhile is seen on the next connection."""
    server = lab.account(lab_user.name).imap
    assert server
    changes = {"port": line.port, "security": "none", "timeout_seconds": SHORT_PATIENCE}
    mailbox = Mailbox(ImapServer.model_validate(dict(server) | changes), lab_user.name)
    seen: list[Arrival] = []

    async def tell(arrivals: Sequence[Arrival]) -> None:
        seen.extend(arrivals)

    watch = FolderWatch(
        mailbox, "INBOX", since=datetime.now(UTC), cursor=None, tell=tell, looked=lambda _: None,
        idle_seconds=SHORT_IDLE,
    )  # fmt: skip
    first = asyncio.create_task(watch.run())
    await eventually(lambda: line.listeners)
    line.fall_silent()
    lab.deliver(lab_user.name, b"Message-ID: <1@x>\r\nIn-Reply-To: <a@b>\r\n\r\nHi\r\n")
    with pytest.raises(ServerUnavailable, match="silent"):
        await asyncio.wait_for(first, 20)
    second = asyncio.create_task(watch.run())
    await eventually(lambda: seen)
    second.cancel()
    await mailbox.close()


def test_silence_is_found_out_within_two_minutes() -> None:
    """The longest IDLE, and then the longest that an answer to its end may take."""
    assert IDLE_SECONDS + ImapServer.model_fields["timeout_seconds"].default <= 120


@pytest.fixture
async def start_station(
    lab: Lab, lab_user: User, temporal_address: str, tmp_path: Path
) -> AsyncIterator[Callable[[str], Awaitable[Station]]]:
    """Starts worker programs, each with lines of its own."""
    async with AsyncExitStack() as running:

        async def start(name: str) -> Station:
            station = Station.running(lab, lab_user, tmp_path / name, temporal_address, tmp_path)
            return await running.enter_async_context(station)

        yield start


async def test_two_workers_do_not_watch_the_same_folder(
    lab: Lab, lab_user: User, alice: User, temporal: Client, start_station: Callable[[str], Awaitable[Station]]
) -> None:
    """One that was paused, and has been replaced, lets go as soon as it is awake again."""
    first = await start_station("first")
    await Desk(lab, lab_user, temporal).ask(alice)
    await eventually(lambda: first.imap.listeners)
    second = await start_station("second")
    first.process.pause()
    await eventually(lambda: second.imap.listeners)
    first.process.resume()
    await eventually(lambda: not first.imap.listeners, HEARTBEAT_SECONDS)
    assert second.imap.listeners == 1
