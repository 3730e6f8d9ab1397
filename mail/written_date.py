"""Dates as people write them; one that can be read in two ways, or whose year is not sure, is none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from mail.absence_words import MONTHS

# Without a year, a date further ahead is more likely a past one: a note that somebody forgot to switch off.
_AHEAD_WITHOUT_YEAR = timedelta(days=183)
# With one, a leave of years is rare and a slip of the keyboard is not.
_AHEAD = timedelta(days=2 * 366)
# The sender's day may have begun later than ours.
_ZONES = timedelta(days=1)
_LAST_MONTH = 12

_YEAR = r"(?P<year>20\d\d)"
_DAY = r"(?P<day>\d{1,2})"
_WORD = r"(?P<word>[^\W\d_]{3,12})"
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"(?<!\d){_YEAR}(?P<mark>[-/.])\s?(?P<month>\d{{1,2}})(?P=mark)\s?{_DAY}(?!\d)",  # ISO 8601 and its kin
        rf"(?:(?<!\d){_YEAR}\s?[年년]\s?)?(?<!\d)(?P<month>\d{{1,2}})\s?[月월]\s?{_DAY}\s?[日号號일]",
        # Whoever writes full stops writes the day first; two numbers need the second one, or 5.12 were a time.
        rf"(?<![\d.]){_DAY}\.\s?(?P<month>\d{{1,2}})\.(?:\s?(?P<year>20\d\d|\d\d(?![\d:.])))?",
        r"(?<![\d/-])(?P<first>\d{1,2})(?P<mark>[/-])(?P<second>\d{1,2})(?P=mark)(?P<year>20\d\d)(?!\d)",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th|er|[.ºª°])?\s(?:de |of )?{_WORD}\b\.?(?:,? (?:de |del )?{_YEAR})?",
        rf"(?:(?<!\d){_YEAR}\. )?\b{_WORD}\.? {_DAY}(?!\d)(?:st|nd|rd|th)?(?:,? (?P<later_year>20\d\d))?",
    )
)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date and where it stands in the text."""

    date: date
    start: int
    end: int


def written_dates(text: str, today: date) -> Iterator[WrittenDate]:
    """The dates from today on that a text names."""
    for shape in _SHAPES:
        for match in shape.finditer(text):
            written = _date(match, today)
            if written:
                yield WrittenDate(written, match.start(), match.end())


def _date(match: re.Match[str], today: date) -> date | None:
    parts = {name: part for name, part in match.groupdict().items() if part}
    if "word" in parts:
        month = MONTHS.get(parts["word"].lower(), 0)
    elif "first" in parts:
        return _either_way(int(parts["first"]), int(parts["second"]), int(parts["year"]), today)
    else:
        month = int(parts["month"])
    year = int(parts.get("year", parts.get("later_year", "0")))
    return _plausible(int(parts["day"]), month, year, today)


def _either_way(first: int, second: int, year: int, today: date) -> date | None:
    """Half the world writes the day first, the other half the month."""
    if first != second and max(first, second) <= _LAST_MONTH:
        return None
    day, month = (first, second) if second <= _LAST_MONTH else (second, first)
    return _plausible(day, month, year, today)


def _plausible(day: int, month: int, year: int, today: date) -> date | None:
    earliest = today - _ZONES
    if year:
        latest, years = today + _AHEAD, [year if year > 99 else 2000 + year]  # noqa: PLR2004 two digits
    else:
        latest, years = today + _AHEAD_WITHOUT_YEAR, [today.year, today.year + 1]
    possible = (_existing(day, month, one) for one in years)
    return next((one for one in possible if one and earliest <= one <= latest), None)


def _existing(day: int, month: int, year: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
