"""Not more letters a minute than the server takes, and nobody overtakes."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from mail.cool_down import Clock
from mail.errors import ServerUnavailable

_MINUTE = 60.0
# Whoever has to wait for longer comes back later: a waiting activity occupies a place of the worker.
PATIENCE_SECONDS = 20.0
# An estimate of a longer wait is a guess; asking again is cheap.
LONGEST_SECONDS = 300.0

Sleep = Callable[[float], Awaitable[None]]


class Appointments:
    """Times to come back, one after the other, for those who cannot be served now."""

    def __init__(self, spacing: float, clock: Clock = time.monotonic) -> None:
        self._spacing = spacing
        self._clock = clock
        self._last = 0.0

    def next(self, earliest: float) -> float:
        """Seconds until the next free time, at least so many; all at once would be refused again."""
        now = self._clock()
        self._last = max(self._last + self._spacing, now + earliest)
        # A long line is told to ask again rather than served in order: some of it will have gone by then.
        self._last = min(self._last, now + LONGEST_SECONDS)
        return self._last - now


class Pace:
    """At most so many turns in any minute; None = as many as one likes."""

    def __init__(self, per_minute: int | None, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._sleep = sleep
        self._turns: deque[float] = deque()  # when they were or will be, ascending
        self._appointments = Appointments(_MINUTE / (per_minute or 1), clock)

    async def turn(self) -> None:
        """Wait for one's turn; raises ServerUnavailable when that would take long."""
        if self._per_minute is None:
            return
        due = self._due(self._per_minute)
        wait = due - self._clock()
        if wait > PATIENCE_SECONDS:
            raise ServerUnavailable(
                f"smtp.messages_per_minute allows {self._per_minute}, and others come first",
                retry_after=self._appointments.next(wait),
            )
        self._turns.append(due)
        await self._wait_until(due)

    async def _wait_until(self, due: float) -> None:
        try:
            while (wait := due - self._clock()) > 0:
                await self._sleep(wait)
        except BaseException:
            self._turns.remove(due)  # who comes next has it
            raise

    def _due(self, per_minute: int) -> float:
        now = self._clock()
        while self._turns and self._turns[0] <= now - _MINUTE:
            self._turns.popleft()
        return max(now, self._turns[-per_minute] + _MINUTE) if len(self._turns) >= per_minute else now
