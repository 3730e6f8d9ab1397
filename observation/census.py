"""Counts who waits for mail, once a minute, for the metrics.

A watch knows its waits, but a figure that its worker keeps would stay behind when the watch moves elsewhere; so each
worker asks all watches, and all show the same.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio.service import RPCError

from client.watches import TemporalWatches
from mail.metrics import OPEN_WAITS, Meter
from models.watch import Attendance

# As often as Prometheus looks, as a rule.
INTERVAL_SECONDS = 60.0

log = logging.getLogger(__name__)


class Census:
    """Knows which folders have been waited for, so that an ended watch counts as nobody."""

    def __init__(self, watches: TemporalWatches, meter: Meter) -> None:
        self._watches = watches
        self._meter = meter
        self._folders: set[tuple[str, str]] = set()

    async def take(self) -> None:
        """Ask every watch once."""
        counted = {(one.account, one.folder): one async for one in self._watches.attendances()}
        self._folders |= counted.keys()
        for account, folder in self._folders:
            nobody = Attendance(account=account, folder=folder, waits=0)
            waits = counted.get((account, folder), nobody).waits
            self._meter.record(OPEN_WAITS, waits, account=account, folder=folder)


@asynccontextmanager
async def counting(watches: TemporalWatches, meter: Meter) -> AsyncGenerator[None, None]:
    """Take the census again and again while the block runs."""
    task = asyncio.create_task(_repeat(Census(watches, meter)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(census: Census) -> None:
    while True:
        try:
            await census.take()
        except RPCError as error:
            log.warning("the waits could not be counted: %s", error)
        await asyncio.sleep(INTERVAL_SECONDS)
