"""Subjects compared: what is left without "Re:", marks in brackets and the like (RFC 5256 §2.1)."""

# ruff: noqa: RUF001
# The letters that look alike are other languages' own.

import re
from collections.abc import Iterator

from mail.reply_subject import ANSWER_WORDS

# Answers, and forwarded messages in the usual languages; some are counted: Re[2]:, Re^4:.
_PREFIX = re.compile(
    rf"(?:{ANSWER_WORDS}|fwd?|wg|tr|rv)"
    r"\s{0,2}(?:\[[^\[\]]{0,60}\]|\(\d{1,3}\)|\^\d{1,3})?\s{0,2}[:：]",
    re.IGNORECASE,
)
_MARK = re.compile(r"\[[^\[\]]{0,60}\]")
_TRAILER = re.compile(r"(?:\(fwd\)\s*)+$", re.IGNORECASE)
# More prefixes than a real thread gathers, and as much of a subject as tells two of them apart.
_MOST_STEPS = 20
_CHARACTERS = 500


def base_subject(subject: str) -> str:
    """Ours without "Re:"; its own marks stay, since two cases may differ in nothing else. Empty = says nothing."""
    base = _plain(subject)
    while found := _PREFIX.match(base):
        base = base[found.end() :].lstrip()
    return base


def answered_subjects(subject: str) -> Iterator[str]:
    """Every base that an answer with this subject may answer: one prefix or mark less at a time."""
    left = _plain(subject)
    for _ in range(_MOST_STEPS):
        if left:
            yield left
        found = _PREFIX.match(left) or _MARK.match(left)
        if not found:
            return
        left = left[found.end() :].lstrip()


def _plain(subject: str) -> str:
    return _TRAILER.sub("", " ".join(subject[:_CHARACTERS].split())).strip().casefold()
