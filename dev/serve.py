"""python -m dev.serve: Temporal on this machine, and a worker for the accounts of your own mail.toml, until Ctrl-C."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import worker
from dev.home import HOME, alone
from dev.parts import connected, usual_ports
from dev.temporal import USUAL_PORTS, TemporalServer


async def serve(home: Path) -> int:
    """Log in to every account; when all is well, serve them until told to stop."""
    if code := await worker.main(["--check"]):
        return code
    with TemporalServer(usual_ports(USUAL_PORTS), home / "temporal.db") as temporal:
        os.environ["TEMPORAL_ADDRESS"] = temporal.address
        await connected(temporal.address)
        print(f"Temporal: {temporal.address}, its UI: {temporal.ui}. Everything runs until Ctrl-C.", flush=True)
        return await worker.main([])


def main(arguments: Sequence[str]) -> int:
    """Run at this terminal."""
    parser = argparse.ArgumentParser(prog="python -m dev.serve", description=__doc__)
    parser.add_argument("--home", type=Path, default=HOME, help="the folder that keeps workflows")
    home: Path = parser.parse_args(arguments).home
    try:
        with alone(home):
            return asyncio.run(serve(home))
    except BlockingIOError:
        print(f"{home} is in use: `make serve` or `make dev` is running already.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
