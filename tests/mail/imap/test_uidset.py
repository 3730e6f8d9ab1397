"""Sequence sets name exactly the UIDs they were made of."""

from hypothesis import given
from hypothesis import strategies as st

from mail.imap.uidset import sequence_sets


def named(sets: list[str]) -> set[int]:
    ranges = (run.split(":") for line in sets for run in line.split(","))
    return {uid for ends in ranges for uid in range(int(ends[0]), int(ends[-1]) + 1)}


@given(st.sets(st.integers(1, 500)), st.integers(7, 60))
def test_sets_name_all_and_only_these_and_stay_short(uids: set[int], longest: int) -> None:
    """Nothing is lost at the cuts, and no set is too long."""
    sets = list(sequence_sets(uids, longest))
    assert named(sets) == uids
    assert all(0 < len(line) <= longest for line in sets)


def test_neighbours_are_written_as_a_range() -> None:
    """A thousand messages in a row cost a few octets."""
    assert list(sequence_sets([3, 1, 2, 7, *range(10, 1010)])) == ["1:3,7,10:1009"]


def test_nothing_asks_for_nothing() -> None:
    """No UIDs make no set: an empty one would be a syntax error."""
    assert not list(sequence_sets([]))
