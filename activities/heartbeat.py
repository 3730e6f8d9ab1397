"""The sign of life of a long activity, and what a later attempt should know of this one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from pydantic import BaseModel
from temporalio import activity

# Well under every heart-beat time-out in options.py, so that a busy loop may miss a few.
_INTERVAL_SECONDS = 1.0


class Pulse:
    """Repeats the last thing that was recorded until the activity ends."""

    def __init__(self) -> None:
        self._details: tuple[object, ...] = ()

    def record(self, details: BaseModel) -> None:
        """Tell a later attempt how far this one has come, now and with every beat."""
        self._details = (details,)
        self.beat()

    def beat(self) -> None:
        """Show that this attempt is alive."""
        activity.heartbeat(*self._details)


@asynccontextmanager
async def pulse() -> AsyncGenerator[Pulse, None]:
    """Beat once a second while the block runs."""
    beating = Pulse()
    task = asyncio.create_task(_beat(beating))
    try:
        yield beating
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _beat(beating: Pulse) -> None:
    while True:
        beating.beat()
        await asyncio.sleep(_INTERVAL_SECONDS)
