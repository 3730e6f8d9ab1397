"""What waiting costs while nothing happens: one connection, and no command for any single wait."""

import asyncio

import pytest
from temporalio.service import RPCError, RPCStatusCode

from client import StartedWait
from dev.lab import User
from models.send import SendEmailResult
from models.wait import WaitResult
from tests.live.answers import reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, eventually, eventually_told, result_of
from tests.live.test_send import ID
from workflows.ids import watch_id
from workflows.watch import MailboxWatch

pytestmark = pytest.mark.live

# `make bench` does the same with a thousand, and takes the time for it.
WAITS = 150
# As many as a SOAR would start side by side.
AT_ONCE = 50
# Sessions for short operations are closed after 30 s without work; the rest is for a machine under load.
POOL_SECONDS = 120
# Much longer than anything takes that a wait might do by itself.
QUIET_SECONDS = 3.0


async def start_waits(desk: Desk, sent: SendEmailResult, number: int) -> list[StartedWait[WaitResult]]:
    """That many waits, each for a letter of its own."""
    places = asyncio.Semaphore(AT_ONCE)

    async def start(index: int) -> StartedWait[WaitResult]:
        async with places:
            return await desk.await_answers(sent, email_message_id=f"<{desk.name}.{index}@lab.test>")

    return await asyncio.gather(*(start(index) for index in range(number)))


async def registered(desk: Desk, number: int) -> None:
    """Wait until so many waits are known to the mailbox's watch."""

    async def known() -> bool:
        return await _known_waits(desk) >= number

    await eventually_told(known, POOL_SECONDS)


async def _known_waits(desk: Desk) -> int:
    watch = desk.temporal.get_workflow_handle(watch_id(desk.name, "INBOX"))
    try:
        return len(await watch.query(MailboxWatch.waits))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return 0  # the first one to register begins it


async def test_many_waits_cost_one_connection(open_desk: OpenDesk, alice: User) -> None:
    """While nothing happens the watch idles, and nothing is asked on behalf of a wait."""
    desk = await open_desk()
    sent = await desk.send(alice, **ID)
    waits = await start_waits(desk, sent, WAITS)
    await registered(desk, WAITS)
    await eventually(lambda: desk.lab.imap_connections(desk.name) == 1, POOL_SECONDS)
    before = desk.lab.imap_commands(desk.name)
    await asyncio.sleep(QUIET_SECONDS)
    assert desk.lab.imap_connections(desk.name) == 1
    assert desk.lab.imap_commands(desk.name) == before
    desk.answer(reply(sent, alice, "Found.", In_Reply_To=f"<{desk.name}.100@lab.test>"))
    assert (await result_of(waits[100])).responses[0].content == "Found."
