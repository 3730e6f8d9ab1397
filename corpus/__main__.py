"""`make corpus`: fetch what strangers have written, read all of it, and say what was made of it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from corpus.desk import read_all
from corpus.figures import Figures
from corpus.sources import CorpusMissing, letters


async def _figures(cache: Path) -> Figures:
    figures = Figures()
    async for outcome in read_all(letters(cache)):
        figures.count(outcome)
    return figures


def main(arguments: Sequence[str]) -> int:
    """Read every corpus; 1 where a bar was missed, 2 where a corpus cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m corpus", description=__doc__)
    parser.add_argument(
        "--cache", type=Path, default=Path(".dev/corpora"), help="what was fetched is kept in %(default)s"
    )
    cache: Path = parser.parse_args(arguments).cache
    try:
        figures = asyncio.run(_figures(cache))
    except CorpusMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    print(*figures.lines(), sep="\n")
    return 1 if figures.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
