"""Dates as IMAP writes them: 17-Jul-1996 (RFC 3501 §9), with English months whatever the locale."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def search_date(day: date) -> bytes:
    """A day as SEARCH takes it."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}".encode()


def date_time(moment: datetime) -> bytes:
    """A moment as APPEND takes it, quoted; the moment must know its time zone."""
    if moment.tzinfo is None:
        raise ValueError("an IMAP date-time needs a time zone")
    day = f"{moment.day:2}-{_MONTHS[moment.month - 1]}-{moment.year:04}"
    return f'"{day} {moment:%H:%M:%S %z}"'.encode()


def parse_date_time(text: str) -> datetime:
    """The moment that INTERNALDATE tells; without a zone it is taken as UTC."""
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
