"""A plan carried out: what was broken, what was asked, and what came of it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from chaos.acts import Acts, Ended
from chaos.faults import Faults
from chaos.files import lay_out
from chaos.people import People
from chaos.plan import Act, Plan, Step
from chaos.stage import Stage
from chaos.tally import Row, Tally

# Nothing has ended for so long: it is stuck. A dead worker is missed for 15 s, a greylisted recipient asked again after
# 5, 15 and 45 s, and what failed several times is tried again within a minute.
PATIENCE_SECONDS = 150.0
_PAUSE_SECONDS = 0.2
# What took longest, for whoever wonders where the time went.
_SLOWEST = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """The table of a campaign."""

    plan: Plan
    faults: Counter[str]
    kills: int
    rows: tuple[Row, ...]
    slowest: tuple[Ended, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """0 lost, 0 double, 0 stuck."""
        return not any(row.lost or row.double or row.stuck for row in self.rows)

    def lines(self) -> Iterator[str]:
        """The table for people."""
        yield f"{'injected':56}{sum(self.faults.values()):6}   ({self.kills} kills)"
        for name, count in sorted(self.faults.items()):
            yield f"  {name:54}{count:6}"
        if missed := ", ".join(sorted({step.what for step in self.plan.faults} - self.faults.keys())):
            yield f"  nothing came by for: {missed}"
        heads = ("asked", "done", "unknown", "lost", "double", "stuck")
        yield f"\n{'':20}" + "".join(f"{head:>9}" for head in heads)
        for row in self.rows:
            figures = (row.asked, row.done, row.unknown, len(row.lost), len(row.double), len(row.stuck))
            yield f"{row.name:20}" + "".join(f"{figure:9}" for figure in figures)
        for row in self.rows:
            yield from (f"  {row.name}: {line}" for line in (*row.lost, *row.double, *row.stuck))
        yield "\nslowest: " + ", ".join(
            f"{one.step.what} {one.step.number} {one.seconds:.0f} s" for one in self.slowest
        )
        verdict = "passed" if self.passed else "FAILED"
        yield f"\nseed {self.plan.seed}: {verdict} in {self.seconds:.0f} s"


async def carry_out(plan: Plan, *, patience: float = PATIENCE_SECONDS) -> Outcome:
    """Do all of the plan, wait for what comes of it, and count."""
    async with Stage.running() as stage:
        lay_out(stage.lab, sum(step.what is Act.MOVE for step in plan.acts))
        began = time.monotonic()
        faults = Faults(stage)
        ended, unfinished = await _act(plan, stage, faults, patience)
        await _delivered(stage)
        rows = await asyncio.to_thread(lambda: tuple(Tally(stage, ended, unfinished).rows()))
        slowest = sorted(ended, key=lambda one: one.seconds, reverse=True)[:_SLOWEST]
        return Outcome(plan, faults.injected, faults.kills, rows, tuple(slowest), time.monotonic() - began)


async def _act(plan: Plan, stage: Stage, faults: Faults, patience: float) -> tuple[list[Ended], list[Step]]:
    people = People(stage.lab, {step.number: step for step in plan.acts if step.what is Act.ASK})
    acts = Acts(stage.mail, people, stage.downloads)
    reading = asyncio.create_task(people.read_mail())
    performing = {asyncio.create_task(_at(step, acts.perform)): step for step in plan.acts}
    try:
        await asyncio.gather(*(_at(step, faults.inject) for step in plan.faults))
        done, stuck = await _finished(performing, patience)
        return [task.result() for task in done], [performing[task] for task in stuck]
    finally:
        for task in (reading, *performing):
            task.cancel()
        await asyncio.gather(reading, *performing, return_exceptions=True)


async def _finished(
    performing: Iterable[asyncio.Task[Ended]], patience: float
) -> tuple[set[asyncio.Task[Ended]], set[asyncio.Task[Ended]]]:
    """Those that have ended, and those that stayed when none has for a long time."""
    done: set[asyncio.Task[Ended]] = set()
    left = set(performing)
    while left:
        ended, left = await asyncio.wait(left, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if not ended:
            break
        done |= ended
    return done, left


async def _at(step: Step, do: Callable[[Step], Awaitable[T]]) -> T:
    await asyncio.sleep(step.at)
    return await do(step)


async def _delivered(stage: Stage) -> None:
    """Wait until Exim's queue is empty: what it has taken is on its way."""
    await asyncio.to_thread(_until_empty, stage.lab.home / "spool" / "input")


def _until_empty(queue: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(queue.rglob("*-H")) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
