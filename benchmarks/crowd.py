"""A thousand waits on one mailbox: what it takes to start them, and what they cost while nothing happens."""

import asyncio
import time
from dataclasses import dataclass

from benchmarks.bench import NAME, Bench

WAITS = 1000
# Sessions for short operations are closed after 30 s without work.
POOL_SECONDS = 45
QUIET_SECONDS = 10


@dataclass(frozen=True)
class Crowd:
    """What was seen."""

    start_seconds: float
    connections: int
    commands: int
    processor_seconds: float  # of worker and client, in the quiet time


async def crowd(bench: Bench) -> Crowd:
    """Start the waits, let the pool close, then watch them do nothing."""
    began = time.perf_counter()
    await bench.start_waits([f"crowd-{index}" for index in range(WAITS)])
    started = time.perf_counter() - began
    await asyncio.sleep(POOL_SECONDS)
    commands, spent = len(bench.lab.imap_commands(NAME)), time.process_time()
    await asyncio.sleep(QUIET_SECONDS)
    return Crowd(
        start_seconds=started,
        connections=bench.lab.imap_connections(NAME),
        commands=len(bench.lab.imap_commands(NAME)) - commands,
        processor_seconds=time.process_time() - spent,
    )
