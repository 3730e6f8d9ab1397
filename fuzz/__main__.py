"""`python -m fuzz --seconds 180`: every reader of strangers' input, for its share of the time."""

import argparse
import re
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from fuzz.guided import GUIDED, available
from fuzz.targets import TARGETS, Target

# Inputs that once made a reader fail: every run begins with them, and they are committed.
SEEDS = Path(__file__).parents[1] / "tests" / "fuzz-seeds"
# So many inputs, then a look at the clock.
_ROUND = 200


def fuzz(name: str, target: Target, seconds: float) -> int:
    """Read for so long; how many inputs there were. The smallest input that fails is told by hypothesis."""
    count = 0

    def read(value: object) -> None:
        nonlocal count
        count += 1
        target.read(value)

    read.__name__ = name  # by it the seeds are kept
    trial = settings(
        max_examples=_ROUND,
        deadline=2_000,
        database=DirectoryBasedExampleDatabase(SEEDS),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
    )(given(target.given)(read))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        trial()
    return count


def guided(name: str, seconds: float) -> int:
    """The same, led by atheris; how many inputs there were. What is told of the one that fails is printed."""
    command = [sys.executable, "-m", "fuzz.guided", name, "--seconds", f"{max(1, round(seconds))}"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if outcome.returncode:
        raise RuntimeError(f"{outcome.stdout}\n{outcome.stderr}")
    told = re.search(r"number_of_executed_units: (\d+)", outcome.stderr)
    return int(told[1]) if told else 0


def main() -> int:
    """Fuzz everything, by atheris as well where it is installed; exit code 1 where a reader failed."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180)
    led = GUIDED if available() else ()
    seconds = parser.parse_args().seconds / (len(TARGETS) + len(led))
    rounds = {name: partial(fuzz, name, target, seconds) for name, target in TARGETS.items()}
    rounds |= {f"{name}, guided": partial(guided, name, seconds) for name in led}
    failed = False
    for name, run in rounds.items():
        try:
            print(f"{name:24}{run():>10,} inputs", flush=True)
        except Exception as error:  # noqa: BLE001  whatever it was, it is the finding
            failed = True
            print(f"{name:24}    FAILED {type(error).__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n")
    return int(failed)


sys.exit(main())
