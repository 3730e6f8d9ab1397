"""`make chaos`: break everything for some minutes, then count."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from chaos.campaign import carry_out
from chaos.plan import Plan, Size
from dev.lab import lab_missing


def main(arguments: Sequence[str]) -> int:
    """Carry a plan out; 1 where something was lost, doubled or stuck, 2 where the servers are missing."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what the plan is drawn from (%(default)s)")
    parser.add_argument("--sends", type=int, default=500, help="letters to send (%(default)s)")
    parser.add_argument("--waits", type=int, default=500, help="answers to wait for (%(default)s)")
    parser.add_argument("--kills", type=int, default=60, help="workers to kill (%(default)s)")
    options = parser.parse_args(arguments)
    if reason := lab_missing():
        print(reason, file=sys.stderr)
        return 2
    plan = Plan.drawn(options.seed, Size.of(options.sends, options.waits, options.kills))
    print(*plan.lines(), "", sep="\n", flush=True)
    outcome = asyncio.run(carry_out(plan))
    print(*outcome.lines(), sep="\n")
    return 0 if outcome.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
