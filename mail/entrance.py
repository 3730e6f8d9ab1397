"""The door of one server for one account: knocked at by one at a time, and left alone when that is asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mail.cool_down import CoolDown
from mail.errors import AuthenticationFailed, ServerUnavailable
from mail.metrics import AUTHENTICATION_FAILURES, SILENT, Meter

# Servers lock accounts after a handful of failures; a corrected password may wait this long.
REFUSAL_SECONDS = 60.0
# A server that is well lets somebody in sooner.
DOUBT_SECONDS = 2.0

T = TypeVar("T")


class Entrance:
    """All that the connections of one account with one server must know of each other."""

    def __init__(self, meter: Meter = SILENT) -> None:
        self._meter = meter
        # Prometheus sees no increase in a counter that begins with its first event.
        meter.record(AUTHENTICATION_FAILURES, 0)
        self._lock = asyncio.Lock()  # one log-in at a time: a wrong password is tried once, not by all
        self._refusal: tuple[AuthenticationFailed, float] | None = None
        self._failure: ServerUnavailable | None = None  # what the last log-in came to
        self.failures = 0
        # A server that admits no further connection may still serve those that there are.
        self._opening = CoolDown()
        self.work = CoolDown()

    async def enter(self, opener: Callable[[], Awaitable[T]], failures: int) -> T:
        """Open a connection, unless one who asked when there were so many failures would only hear of the same."""
        self._share(failures)
        await self._reach_the_door()
        try:
            self._opening.check()
            self._refuse_early()
            self._share(failures)
            return await self._knock(opener)
        finally:
            self._lock.release()

    async def _reach_the_door(self) -> None:
        """One is enough to find out whether a server that was away is back; the others do not wait for long."""
        failure = self._failure
        try:
            async with asyncio.timeout(DOUBT_SECONDS if failure else None):
                await self._lock.acquire()
        except TimeoutError:
            self.failures += 1
            raise _same(failure) if failure else ServerUnavailable("nobody gets in") from None

    async def _knock(self, opener: Callable[[], Awaitable[T]]) -> T:
        try:
            entered = await opener()
        except AuthenticationFailed as error:
            self._meter.record(AUTHENTICATION_FAILURES)
            self._refusal = error, asyncio.get_running_loop().time() + REFUSAL_SECONDS
            raise
        except ServerUnavailable as error:
            self._opening.heed(error)
            self._failure, self.failures = error, self.failures + 1
            raise
        self._failure = None
        self._opening.relieve()
        return entered

    def _share(self, failures: int) -> None:
        if self._failure is not None and self.failures != failures:
            raise _same(self._failure)

    def _refuse_early(self) -> None:
        if self._refusal and asyncio.get_running_loop().time() < self._refusal[1]:
            raise AuthenticationFailed(self._refusal[0].message, **self._refusal[0].details)


def _same(failure: ServerUnavailable) -> ServerUnavailable:
    again = ServerUnavailable(failure.message)
    again.details = failure.details
    return again
