"""So many letters a minute, in the order in which they were asked for."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.errors import ServerUnavailable
from mail.pace import LONGEST_SECONDS, PATIENCE_SECONDS, Appointments, Pace


@dataclass
class Time:
    """A clock that goes on when somebody sleeps, or when it is told to."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list[float])

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        self.now += seconds


def paced(per_minute: int | None, time: Time) -> Pace:
    """A pace in that time."""
    return Pace(per_minute, clock=time.clock, sleep=time.sleep)


async def test_without_a_limit_nobody_waits() -> None:
    """Nothing is even remembered."""
    time = Time()
    pace = paced(None, time)
    for _ in range(1000):
        await pace.turn()
    assert time.slept == []


async def test_the_first_of_a_minute_do_not_wait() -> None:
    """A limit of three is three at once; the fourth is told when its turn is."""
    time = Time()
    pace = paced(3, time)
    for _ in range(3):
        await pace.turn()
    with pytest.raises(ServerUnavailable, match="messages_per_minute") as refusal:
        await pace.turn()
    assert (time.slept, refusal.value.retry_after) == ([], 60)


async def test_a_short_wait_is_waited() -> None:
    """A minute after the first one there is room again."""
    time = Time()
    pace = paced(1, time)
    await pace.turn()
    time.now += 60 - PATIENCE_SECONDS
    await pace.turn()
    assert time.slept == [PATIENCE_SECONDS]


async def test_those_who_are_sent_away_come_back_one_after_the_other() -> None:
    """Ten a minute come back six seconds apart, in their order, and after five minutes at the latest."""
    pace = paced(10, Time())
    for _ in range(10):
        await pace.turn()
    told: list[float | None] = []
    for _ in range(100):
        with pytest.raises(ServerUnavailable) as refusal:
            await pace.turn()
        told.append(refusal.value.retry_after)
    assert told[:3] == [60, 66, 72]
    assert told[-1] == LONGEST_SECONDS


async def test_turns_are_taken_in_order() -> None:
    """Whoever asked first goes first."""
    pace, served = Pace(2, clock=(time := Time()).clock, sleep=asyncio.sleep), list[int]()
    for number in range(2):
        await pace.turn()
        time.now += number
    time.now += 58.9  # the first turns end in 0.1 s of a clock that stands still meanwhile

    async def wait(number: int) -> None:
        await pace.turn()
        served.append(number)

    waiting = [asyncio.create_task(wait(number)) for number in range(2)]
    await asyncio.sleep(0)
    time.now += 2
    await asyncio.gather(*waiting)
    assert served == [0, 1]


async def test_who_gives_up_leaves_the_turn_to_the_next() -> None:
    """A cancelled letter costs nobody a minute."""
    pace, time = Pace(1, clock=(now := Time()).clock), now
    await pace.turn()
    time.now += 50
    waiting = asyncio.create_task(pace.turn())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    time.now += 10
    await pace.turn()


@given(st.integers(1, 5), st.lists(st.floats(0, 40), max_size=40))
def test_no_minute_has_more_turns_than_allowed(per_minute: int, pauses: list[float]) -> None:
    """Wherever the minute begins."""

    async def letters() -> list[float]:
        time, turns = Time(), list[float]()
        pace = paced(per_minute, time)
        for pause in pauses:
            time.now += pause
            try:
                await pace.turn()
            except ServerUnavailable:
                continue
            turns.append(time.now)
        return turns

    turns = asyncio.run(letters())
    later = turns[per_minute:]
    assert all(late - early >= 60 - 1e-6 for early, late in zip(turns, later, strict=False))


def test_appointments_do_not_pile_up() -> None:
    """When the line is gone, the next one is told the earliest time again."""
    time = Time()
    appointments = Appointments(1.0, time.clock)
    assert [appointments.next(5) for _ in range(3)] == [5, 6, 7]
    time.now += 100
    assert appointments.next(5) == 5
