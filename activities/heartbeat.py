"""The sign of life of every activity, and what a later attempt should know of this one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar

from pydantic import BaseModel
from temporalio import activity
from temporalio.client import AsyncActivityCancelledError
from temporalio.service import RPCError

from mail.errors import ServerUnavailable

# Well under every heart-beat time-out in options.py, so that a busy loop may miss a few.
_INTERVAL_SECONDS = 1.0


class Pulse:
    """Repeats the last thing that was recorded until the activity ends."""

    def __init__(self) -> None:
        # An attempt that has come to nothing yet must not wipe out what the one before it has left.
        self._details: tuple[object, ...] = tuple(activity.info().heartbeat_details)

    def record(self, *details: BaseModel) -> None:
        """Tell a later attempt how far this one has come, soon and with every beat."""
        self._details = details
        self.beat()

    async def confirm(self, details: BaseModel) -> None:
        """Record, and return once Temporal has it; raises ServerUnavailable where this attempt does not count any more.

        The SDK sends heart-beats when it sees fit; what must be known after a power cut cannot wait for that.
        """
        self.record(details)
        attempt = activity.client().get_async_activity_handle(task_token=activity.info().task_token)
        try:
            await attempt.heartbeat(details)
        except (RPCError, AsyncActivityCancelledError) as error:
            raise ServerUnavailable(f"Temporal does not let this attempt go on: {error}") from error

    def beat(self) -> None:
        """Show that this attempt is alive."""
        activity.heartbeat(*self._details)


_current: ContextVar[Pulse] = ContextVar("pulse")


def current_pulse() -> Pulse:
    """The pulse of the activity that asks."""
    return _current.get()


@asynccontextmanager
async def pulse() -> AsyncGenerator[None, None]:
    """Beat once a second while the block runs."""
    beating = Pulse()
    _current.set(beating)
    task = asyncio.create_task(_beat(beating))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _beat(beating: Pulse) -> None:
    while True:
        # The start of an attempt counts as its first beat.
        await asyncio.sleep(_INTERVAL_SECONDS)
        beating.beat()
