"""What somebody answered, without what they quoted (linear in the length of the mail)."""

import re
from collections.abc import Collection, Sequence

from mail.html_text import text_of_html
from mail.quote_marks import Party, announcement_lines, is_bar, is_quoted, quote_follows

# An answer is short, its history long; what lies beyond is never an answer.
MAX_CHARACTERS = 200_000
MAX_LINES = 4000
# Shorter lines of our letter ("Hello,") are also other people's.
_OWN_LINE = 8

# Marks of direction and width that programs put around names and addresses; nobody sees them.
# The joiners U+200C and U+200D stay: Persian words and emoji fall apart without.
_INVISIBLE = dict.fromkeys(
    map(
        ord,
        "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad",
    )
)
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029")
_NOT_A_WORD = re.compile(r"\W+")


def new_text(text: str, *, own_addresses: Collection[str], own_name: str = "", sent_text: str = "") -> str:
    """The new text of a reply to us, empty if all of it is quoted: our own question is nobody's answer."""
    lines = _lines(text)
    us = Party(tuple(own_addresses), own_name)
    new, history = _separate(lines, us)
    sent = _own_lines(sent_text)
    answer = _tidy(_without(new, sent))
    # Whether anything stands below a header that nobody marked as quoted, only our own letter tells.
    return answer or (_tidy(_without(history, sent)) if sent_text.strip() else "")


def new_text_of_html(html: str, *, own_addresses: Collection[str], own_name: str = "", sent_text: str = "") -> str:
    """The new text of a reply that came as HTML."""
    return new_text(text_of_html(html), own_addresses=own_addresses, own_name=own_name, sent_text=sent_text)


def _separate(lines: Sequence[str], us: Party) -> tuple[list[str], list[str]]:
    """What is new, and the history below an announcement whose quote nobody marked."""
    new: list[str] = []
    at = 0
    while at < len(lines):
        announced = 0 if is_quoted(lines[at]) else announcement_lines(lines, at, us)
        if announced and not quote_follows(lines, at + announced):
            return new, [line for line in lines[at + announced :] if not is_quoted(line)]
        if not announced and not is_quoted(lines[at]):
            new.append(lines[at])
        at += announced or 1
    return new, []


def _lines(text: str) -> list[str]:
    plain = _LINE_END.sub("\n", text[:MAX_CHARACTERS]).translate(_INVISIBLE).replace("\u00a0", " ")
    return plain.split("\n", MAX_LINES)[:MAX_LINES]


def _own_lines(sent_text: str) -> frozenset[str]:
    found = (_words(line) for line in _lines(sent_text))
    return frozenset(line for line in found if len(line) >= _OWN_LINE)


def _without(lines: Sequence[str], sent: frozenset[str]) -> list[str]:
    """The lines less our own letter, where at least half of it is quoted without a mark."""
    matching = sent.intersection(_words(line) for line in lines)
    if len(matching) * 2 < len(sent):
        return list(lines)  # an answer may well repeat one of the choices we offered
    return [line for line in lines if _words(line) not in sent]


def _words(line: str) -> str:
    return _NOT_A_WORD.sub(" ", line).strip().casefold()


def _tidy(lines: Sequence[str]) -> str:
    """No empty line or ruler at either end, no two empty lines in a row."""
    start, end = 0, len(lines)
    while start < end and _is_empty(lines[start]):
        start += 1
    while end > start and _is_empty(lines[end - 1]):
        end -= 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines[start:end])).strip()


def _is_empty(line: str) -> bool:
    return not line.strip() or is_bar(line)
