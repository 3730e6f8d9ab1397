"""A few open sessions with one server, lent to whoever needs one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from mail.errors import AuthenticationFailed, ServerUnavailable

# Servers lock accounts after a handful of failures; a corrected password may wait this long.
REFUSAL_SECONDS = 60.0


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
        self, opener: Callable[[], Awaitable[S]], *, size: int, idle_seconds: float, trusted_seconds: float = 0
    ) -> None:
        self._opener = opener
        self._idle_seconds = idle_seconds
        self._trusted_seconds = trusted_seconds
        self._places = asyncio.Semaphore(size)
        self._entrance = asyncio.Lock()  # one log-in at a time: a wrong password is tried once, not by all
        self._resting: list[_Resting[S]] = []
        self._farewells: set[asyncio.Task[None]] = set()
        self._refusal: tuple[AuthenticationFailed, float] | None = None
        self._closed = False

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[S, None]:
        """Lend a session that works; one that was left in the middle of something is not lent again."""
        async with self._places:
            session = await self._rested() or await self._opened()
            try:
                yield session
            except (ServerUnavailable, asyncio.CancelledError, GeneratorExit):
                session.drop()
                raise
            finally:
                await self._take_back(session)

    async def close(self) -> None:
        """Close what is not lent; the rest is closed when it comes back."""
        self._closed = True
        for resting in tuple(self._resting):
            self._retire(resting.session)
        await asyncio.gather(*self._farewells)

    async def _rested(self) -> S | None:
        while self._resting:
            resting = self._resting.pop()
            resting.timer.cancel()
            if await self._works(resting):
                return resting.session
        return None

    async def _opened(self) -> S:
        async with self._entrance:
            self._refuse_early()
            try:
                return await self._opener()
            except AuthenticationFailed as error:
                self._refusal = error, _now() + REFUSAL_SECONDS
                raise

    def _refuse_early(self) -> None:
        if self._closed:
            raise ServerUnavailable("the pool of connections is closed")
        if self._refusal and _now() < self._refusal[1]:
            raise AuthenticationFailed(self._refusal[0].message, **self._refusal[0].details)

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
