"""Dates in IMAP's own spelling, there and back."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mail.imap.dates import date_time, parse_date_time, search_date

MOMENT = datetime(2026, 3, 5, 8, 1, 2, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))


def test_a_moment_comes_back() -> None:
    """Single-digit days are padded, and the zone is kept."""
    assert date_time(MOMENT) == b'" 5-Mar-2026 08:01:02 -0330"'
    assert parse_date_time(" 5-Mar-2026 08:01:02 -0330") == MOMENT


def test_a_moment_without_zone_is_utc() -> None:
    """-0000 says that the zone is unknown; a moment is aware all the same."""
    assert parse_date_time("5-Mar-2026 08:01:02 -0000") == datetime(2026, 3, 5, 8, 1, 2, tzinfo=UTC)


def test_a_naive_moment_is_not_sent() -> None:
    """The server would take it for its own time."""
    with pytest.raises(ValueError, match="time zone"):
        date_time(MOMENT.replace(tzinfo=None))


def test_a_day_is_not_padded() -> None:
    """SEARCH takes 5-Mar-2026."""
    assert search_date(date(2026, 3, 5)) == b"5-Mar-2026"
