"""The workers of a test: all workflows, and the fakes as their activities."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.options import watch_queue
from client.watches import TemporalWatches
from tests.workflows.fakes import LateReplyFakes, Mailbox, Outbox, PingFakes, SendFakes, WaitFakes, WatchFakes
from workflows.ids import watch_id

# An activity hears of its cancellation with the next heart-beat that is really sent.
_HEARTBEAT_INTERVAL = timedelta(milliseconds=100)


@asynccontextmanager
async def crew(
    client: Client, task_queue: str, mailbox: Mailbox, outbox: Outbox, *, watching: bool = False
) -> AsyncGenerator[None, None]:
    """Serve the queue; with a watch where time passes as it does, without where it is skipped."""
    watches = TemporalWatches(client, task_queue)
    send, ping = SendFakes(outbox), PingFakes()
    wait = WaitFakes(mailbox, watches if watching else None)
    activities: list[Callable[..., Any]] = [
        *(send.prepare, send.deliver, send.file_copy),
        *(wait.look, wait.read_reply, wait.subject),
        LateReplyFakes(mailbox).note,
        *(ping.account, ping.smtp, ping.imap),
    ]
    listen = WatchFakes(mailbox, watches)
    async with (
        Worker(client, task_queue=task_queue, activities=activities),
        Worker(
            client,
            task_queue=watch_queue(task_queue),
            activities=[listen.watch],
            max_heartbeat_throttle_interval=_HEARTBEAT_INTERVAL,
        ),
    ):
        yield
    if watching:
        await _forget(client)


async def _forget(client: Client) -> None:
    """A watch that is left open, with nobody to serve it, would be that of the tests that follow."""
    for folder in Mailbox.folders:
        with suppress(RPCError):  # there is none, or it has ended
            await client.get_workflow_handle(watch_id("soc", folder)).terminate("the test is over")
