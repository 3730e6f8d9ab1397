"""From a reply that is delivered to the workflow that is complete, beside the server's own push."""

import asyncio
import time
from dataclasses import dataclass

from benchmarks.bench import NAME, Bench
from benchmarks.push import Push
from client import StartedWait
from models.wait import WaitResult

SAMPLES = 30


@dataclass(frozen=True)
class Sample:
    """Seconds after the delivery of one reply."""

    pushed: float
    completed: float

    @property
    def ours(self) -> float:
        """What we add to the server's own time."""
        return self.completed - self.pushed


async def latency(bench: Bench) -> list[Sample]:
    """Deliver the replies to as many waits, one after the other."""
    server = bench.lab.account(NAME).imap
    assert server  # noqa: S101 the lab's accounts have both
    names = [f"latency-{index}" for index in range(SAMPLES)]
    waits = await bench.start_waits(names)
    plain = server.model_copy(update={"security": "none"})
    async with Push.listening(plain) as push:
        return [await _sample(bench, push, wait) for wait in waits]


async def _sample(bench: Bench, push: Push, wait: StartedWait[WaitResult]) -> Sample:
    pushed = asyncio.create_task(push.heard())
    completed = asyncio.create_task(_completed(wait))
    await bench.answer(wait.id)
    delivered = time.perf_counter()
    return Sample(pushed=await pushed - delivered, completed=await completed - delivered)


async def _completed(wait: StartedWait[WaitResult]) -> float:
    await wait.result()
    return time.perf_counter()
