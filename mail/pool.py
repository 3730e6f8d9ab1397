"""A few open sessions with one server, lent to whoever needs one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from mail.entrance import Entrance
from mail.errors import ServerUnavailable
from mail.metrics import CONNECTIONS, SILENT, Headcount, Meter
from mail.pace import Appointments

# With the sessions of both protocols as they are set, this makes 67 of a worker's 300 activities for one account: some
# may hang, and the others do not notice.
WAITING = 30
# Whoever finds the waiting room full comes back when it may have emptied, one after the other at the rate at which a
# quick server serves; where nothing moves, after as long again: refusing a hundred twice a second costs a core.
COME_BACK_SECONDS = 1.0
COME_BACK_SPACING = 0.02


class Session(Protocol):
    """What a pool asks of the sessions it lends."""

    @property
    def closed(self) -> bool:
        """Whether the session cannot be used any more."""
        ...

    async def noop(self) -> None:
        """Make sure that the server still listens."""

    async def close(self) -> None:
        """Say good-bye."""

    def drop(self) -> None:
        """Hang up without a word."""


S = TypeVar("S", bound=Session)


@dataclass(frozen=True, slots=True)
class _Resting(Generic[S]):
    session: S
    since: float
    timer: asyncio.TimerHandle


class Pool(Generic[S]):
    """At most `size` sessions; one that nobody wanted for `idle_seconds` is closed."""

    def __init__(
        self,
        opener: Callable[[], Awaitable[S]],
        *,
        size: int,
        idle_seconds: float,
        trusted_seconds: float = 0,
        waiting: int | None = WAITING,
        entrance: Entrance | None = None,
        meter: Meter = SILENT,
    ) -> None:
        self._opener = opener
        self.entrance = entrance or Entrance(meter)
        self._lent = Headcount(meter, CONNECTIONS)
        self._idle_seconds = idle_seconds
        self._trusted_seconds = trusted_seconds
        self._places = asyncio.Semaphore(size)
        self._room = waiting  # None = as many as come
        self._waiting = 0
        self._moved = 0.0  # when the line last did
        self._appointments = Appointments(COME_BACK_SPACING)
        self._resting: list[_Resting[S]] = []
        self._borrowed: set[S] = set()
        self._farewells: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def wanted(self) -> bool:
        """Whether anybody waits for a session."""
        return self._waiting > 0

    def refuse_early(self) -> None:
        """Raise ServerUnavailable where asking for a session now would come to nothing."""
        self.entrance.work.check()
        if self._room is not None and self._waiting >= self._room:
            raise ServerUnavailable(
                f"{self._waiting} operations of this account wait for a connection already",
                retry_after=self._appointments.next(max(COME_BACK_SECONDS, _now() - self._moved)),
            )

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[S, None]:
        """Lend a session that works; one that was left in the middle of something is not lent again."""
        self.refuse_early()
        failures = self.entrance.failures
        async with self._place():
            session = await self._rested() or await self._opened(failures)
            self._moved = _now()
            self._borrowed.add(session)
            try:
                with self._lent:
                    yield session
                self.entrance.work.relieve()
            except (ServerUnavailable, asyncio.CancelledError, GeneratorExit) as error:
                session.drop()
                if isinstance(error, ServerUnavailable):
                    self.entrance.work.heed(error)
                raise
            finally:
                self._borrowed.discard(session)
                await self._take_back(session)

    async def close(self) -> None:
        """Close what is not lent; the rest is closed when it comes back."""
        self._closed = True
        for resting in tuple(self._resting):
            self._retire(resting.session)
        await asyncio.gather(*self._farewells)

    async def end(self) -> None:
        """Close everything: whoever has a session hears that it is lost."""
        for session in tuple(self._borrowed):
            session.drop()
        await self.close()

    @asynccontextmanager
    async def _place(self) -> AsyncGenerator[None, None]:
        self._moved = self._moved if self._waiting else _now()
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            self.entrance.work.check()  # the server may have had enough meanwhile
            yield
        finally:
            self._places.release()

    async def _rested(self) -> S | None:
        while self._resting:
            resting = self._resting.pop()
            resting.timer.cancel()
            if await self._works(resting):
                return resting.session
        return None

    async def _opened(self, failures: int) -> S:
        if self._closed:
            raise ServerUnavailable("the pool of connections is closed")
        return await self.entrance.enter(self._opener, failures)

    async def _take_back(self, session: S) -> None:
        if session.closed:
            return
        if self._closed:
            await session.close()
            return
        timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._retire, session)
        self._resting.append(_Resting(session, _now(), timer))

    def _retire(self, session: S) -> None:
        for resting in [one for one in self._resting if one.session is session]:
            resting.timer.cancel()
            self._resting.remove(resting)
        farewell = asyncio.get_running_loop().create_task(session.close())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)

    async def _works(self, resting: _Resting[S]) -> bool:
        if resting.session.closed:
            return False
        if _now() - resting.since < self._trusted_seconds:
            return True
        try:
            await resting.session.noop()
        except BaseException as error:
            resting.session.drop()  # refused, or cancelled in mid-question: nobody must get it
            if not isinstance(error, ServerUnavailable):
                raise
            return False
        return True


def _now() -> float:
    return asyncio.get_running_loop().time()
