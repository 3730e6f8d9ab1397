"""`make bench`: every figure, as a table."""

import asyncio
import statistics
import sys
from collections.abc import Iterable

from benchmarks.bench import Bench
from benchmarks.crowd import POOL_SECONDS, QUIET_SECONDS, WAITS, crowd
from benchmarks.hostile import main as hostile
from benchmarks.latency import SAMPLES, Sample, latency
from benchmarks.neighbours import main as neighbours
from benchmarks.search import main as search
from dev.lab import lab_missing


async def main() -> int:
    """Run the benchmarks; 1 where the servers are missing."""
    if reason := lab_missing():
        print(reason, file=sys.stderr)
        return 1
    async with Bench.running() as bench:
        _print_latency(await latency(bench))
        await _print_crowd(bench)
    await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)
    return 0


def _print_latency(samples: list[Sample]) -> None:
    print(f"reply delivered (Dovecot's 250) to …, {SAMPLES} replies   median      90 %       max")
    _print_row("the server's own IDLE push", (one.pushed for one in samples))
    _print_row("the waiting workflow completed", (one.completed for one in samples))
    _print_row("difference", (one.ours for one in samples))


def _print_row(name: str, seconds: Iterable[float]) -> None:
    ordered = sorted(seconds)
    figures = (statistics.median(ordered), statistics.quantiles(ordered, n=10)[-1], ordered[-1])
    print(f"  {name:48}", "".join(f"{figure * 1000:7.0f} ms" for figure in figures))


async def _print_crowd(bench: Bench) -> None:
    print(f"\n{WAITS} waits on one mailbox (a minute)")
    seen = await crowd(bench)
    print(f"  started and registered            {seen.start_seconds:7.1f} s")
    print(f"  IMAP connections after {POOL_SECONDS} s        {seen.connections:5}")
    print(f"  IMAP commands in {QUIET_SECONDS} s of silence   {seen.commands:5}")
    print(f"  processor time in it              {seen.processor_seconds:7.2f} s")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()) or asyncio.run(neighbours()) or search() or hostile())
