"""What is searched for to find the answers to a letter: all that may be one; their headers then tell which are."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from mail.base_subject import base_subject
from mail.correlation import ANSWERED_FIELDS, RECIPIENT_FIELDS, thread_index, token_of
from mail.imap.criteria import All, AnyOf, Criterion, From, Header, Since, Subject
from models.wait import AwaitedLetter

# SINCE knows days only, in the server's own time zone, and a letter's date is another machine's.
CLOCKS_APART = timedelta(days=1)
# The characters of a Thread-Index that answers leave as they are: 21 octets, all in whole characters.
_THREAD = 28
# Servers limit the length of a command line; so many criteria stay below 8,000 octets.
_CRITERIA_A_SEARCH = 60


def searches(letter: AwaitedLetter, keys: Collection[str], senders: Collection[str] = ()) -> Iterator[Criterion]:
    """The searches that together find every answer; `senders` are those whose subject is enough."""
    criteria = list(_criteria(letter, keys, senders))
    since = Since((letter.since - CLOCKS_APART).date())
    for start in range(0, len(criteria), _CRITERIA_A_SEARCH):
        yield All((since, AnyOf(tuple(criteria[start : start + _CRITERIA_A_SEARCH]))))


def _criteria(letter: AwaitedLetter, keys: Collection[str], senders: Collection[str]) -> Iterator[Criterion]:
    yield from (Header(name, one) for one in letter.message_ids for name in ANSWERED_FIELDS)
    yield from (Header(name, token) for token in filter(None, map(token_of, keys)) for name in RECIPIENT_FIELDS)
    yield from (Header("Thread-Index", thread_index(one)[:_THREAD]) for one in letter.message_ids)
    yield from _reports()
    if subject := base_subject(letter.subject):
        yield from (All((From(sender), Subject(subject))) for sender in senders)


def _reports() -> Sequence[Criterion]:
    """They name the letter where no search of headers finds it."""
    return Header("Content-Type", "report"), Header("X-Failed-Recipients", ""), From("mailer-daemon")
