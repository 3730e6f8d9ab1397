"""`python -m fuzz.guided message --seconds 60`: a reader of octets, led by which lines of ours an input reaches.

Needs atheris, which is not among the dependencies: it has wheels for few platforms (`.venv/bin/pip install atheris`).
"""

import argparse
import importlib
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Inputs that are worth beginning with, and those that once made a reader fail; committed.
SEEDS = Path(__file__).parents[1] / "tests" / "fuzz-seeds" / "octets"
# Readers of octets as they come from a server; the others are given texts, which hypothesis makes better.
GUIDED = ("responses", "structure", "message")
# Longer inputs reach nothing new, and take time.
_LONGEST_OCTETS = 4096
# One input takes microseconds.
_SLOWEST_SECONDS = 10


def available() -> bool:
    """Whether atheris is installed."""
    return find_spec("atheris") is not None


def main() -> None:
    """Fuzz one reader; atheris ends the process: 0, or another code and the input in SEEDS where it failed."""
    parser = argparse.ArgumentParser(prog="fuzz.guided", description=__doc__)
    parser.add_argument("name", choices=GUIDED)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["mail", "models"]):
        targets = importlib.import_module("fuzz.targets").TARGETS
    seeds = SEEDS / options.name
    with tempfile.TemporaryDirectory() as found:
        atheris.Setup(_arguments(found, seeds, options.seconds), targets[options.name].read)
        atheris.Fuzz()


def _arguments(found: str, seeds: Path, seconds: int) -> list[str]:
    """What libFuzzer is told: new inputs are kept in the first folder, those to begin with lie in the second."""
    return [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-max_len={_LONGEST_OCTETS}",
        f"-timeout={_SLOWEST_SECONDS}",
        f"-artifact_prefix={seeds}/",
        "-print_final_stats=1",
        "-verbosity=0",
        found,
        str(seeds),
    ]


if __name__ == "__main__":
    main()
