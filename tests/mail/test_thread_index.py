"""Outlook's threads: an answer's Thread-Index is the question's and five octets more."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from mail.correlation import thread_index
from mail.thread_index import continued

# 22 octets as [MS-OXOMSG] §2.2.1.3 has them: of 2026-11-22 10:14:00 UTC, in the upper six octets of a FILETIME.
BEGUN = datetime(2026, 11, 22, 10, 14, tzinfo=UTC)
TICKS = int((BEGUN - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
QUESTION = (TICKS >> 16).to_bytes(6, "big") + bytes(range(16))


def child(later: timedelta) -> int:
    """The first four octets of the child block of an answer so much later."""
    index = continued(base64.b64encode(QUESTION).decode(), BEGUN + later, "<1@x>")
    octets = base64.b64decode(index)
    assert (octets[:22], len(octets)) == (QUESTION, 27)
    return int.from_bytes(octets[22:26], "big")


@pytest.mark.parametrize("later", [timedelta(), timedelta(seconds=1), timedelta(hours=3), timedelta(days=600)])
def test_the_child_tells_how_much_later_it_is(later: timedelta) -> None:
    """In units of 2^18 ticks, 26 ms."""
    assert abs(child(later) * 2**18 / 10_000_000 - later.total_seconds()) < 0.06


def test_years_are_told_more_roughly() -> None:
    """The upper bit says so; units are 2^23 ticks, 0.8 s."""
    later = timedelta(days=1000)
    assert child(later) >> 31 == 1
    assert abs((child(later) & 0x7FFFFFFF) * 2**23 / 10_000_000 - later.total_seconds()) < 1.7


def test_an_answer_before_the_question_is_at_once() -> None:
    """Clocks differ."""
    assert child(timedelta(days=-1)) == 0


def test_our_own_letters_can_be_answered() -> None:
    """Their index has no date."""
    own = thread_index("<1@x>")
    first = continued(own, BEGUN, "<2@x>")
    second = continued(first, BEGUN, "<3@x>")
    assert base64.b64decode(second)[:27] == base64.b64decode(first)
    assert base64.b64decode(first)[:22] == base64.b64decode(own)


@pytest.mark.parametrize("odd", ["", "x", "AAAA", "====", base64.b64encode(bytes(23)).decode(), "A" * 2000, "ä"])
def test_what_is_no_index_is_not_continued(odd: str) -> None:
    """The answer then begins its own."""
    assert continued(odd, BEGUN, "<1@x>") == ""
