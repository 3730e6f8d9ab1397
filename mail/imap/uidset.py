"""UIDs as sequence sets (RFC 3501 §9): runs written short, sets cut where a line would get long."""

from collections.abc import Iterable, Iterator

# RFC 2683 §3.2.1.5: clients keep command lines to about 1,000 octets; the rest of the line needs some too.
LONGEST_SET = 800


def sequence_sets(uids: Iterable[int], longest: int = LONGEST_SET) -> Iterator[str]:
    """Sets that together name these UIDs, none longer than `longest`: 1, 2, 3, 7 becomes "1:3,7"."""
    line = ""
    for first, last in _runs(uids):
        run = str(first) if first == last else f"{first}:{last}"
        if line and len(line) + 1 + len(run) > longest:
            yield line
            line = ""
        line = f"{line},{run}" if line else run
    if line:
        yield line


def _runs(uids: Iterable[int]) -> Iterator[tuple[int, int]]:
    ordered = sorted(set(uids))
    first = last = 0
    for uid in ordered:
        if first and uid > last + 1:
            yield first, last
        if not first or uid > last + 1:
            first = uid
        last = uid
    if first:
        yield first, last
