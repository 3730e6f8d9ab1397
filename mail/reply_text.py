"""What somebody answered, without what they quoted (linear in the length of the mail)."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mail.boilerplate import without_boilerplate
from mail.html_text import text_of_html
from mail.quote_marks import Party, announcement_lines, is_empty, is_quoted, quote_follows, without_announcement

# An answer is short, its history long; what lies beyond is never an answer.
MAX_CHARACTERS = 200_000
MAX_LINES = 4000
# Shorter lines of our letter ("Hello,") are also other people's.
_OWN_LINE = 8
# A question wraps to a few lines; what is above them is another matter.
_ANSWERED_LINES = 5

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
_MARKS = re.compile(r"[\s>]{0,40}")


@dataclass(frozen=True, slots=True)
class _Passage:
    """Lines in a row that are all quoted, or all new."""

    quoted: bool
    lines: Sequence[str]


def new_text(text: str, *, own_addresses: Collection[str], own_name: str = "", sent_text: str = "") -> str:
    """The new text of a reply to us, empty if all of it is quoted: our own question is nobody's answer."""
    us = Party(tuple(own_addresses), own_name)
    new, history = _separate(_lines(text), us)
    sent = _own_lines(sent_text)
    answer = _answer(_passages(_marked(new, sent)), us)
    # Whether anything stands below a header that nobody marked as quoted, only our own letter tells.
    return answer or (_answer(_passages(_marked(history, sent)), us) if sent else "")


def new_text_of_html(html: str, *, own_addresses: Collection[str], own_name: str = "", sent_text: str = "") -> str:
    """The new text of a reply that came as HTML."""
    return new_text(text_of_html(html), own_addresses=own_addresses, own_name=own_name, sent_text=sent_text)


def _separate(lines: Sequence[str], us: Party) -> tuple[list[str], list[str]]:
    """What is new or marked as quoted, and the history below an announcement whose quote nobody marked."""
    new: list[str] = []
    at = 0
    while at < len(lines):
        announced = 0 if is_quoted(lines[at]) else announcement_lines(lines, at, us)
        if announced and not quote_follows(lines, at + announced):
            return new, [line for line in lines[at + announced :] if not is_quoted(line)]
        if not announced:
            new.append(lines[at])
        at += announced or 1
    return new, []


def _passages(lines: Iterable[str]) -> list[_Passage]:
    """The quoted passages and the new ones, less those that hold nothing a person wrote."""
    found = (_Passage(quoted, list(group)) for quoted, group in groupby(lines, is_quoted))
    written = (one if one.quoted else _Passage(quoted=False, lines=without_boilerplate(one.lines)) for one in found)
    return [one for one in written if any(line.strip("> \t") for line in one.lines)]


def _answer(passages: Sequence[_Passage], us: Party) -> str:
    """The new passages; answers written between quotes keep what they answer."""
    return _tidy(list(_inline(passages, us) if _is_inline(passages) else _new_lines(passages)))


def _is_inline(passages: Sequence[_Passage]) -> bool:
    """Whether an answer has a quote above and below; a letter above or below the whole quote has not."""
    quotes = [at for at, passage in enumerate(passages) if passage.quoted]
    return bool(quotes) and any(not one.quoted for one in passages[quotes[0] : quotes[-1]])


def _new_lines(passages: Sequence[_Passage]) -> Iterator[str]:
    for passage in passages:
        if not passage.quoted:
            yield from passage.lines


def _inline(passages: Sequence[_Passage], us: Party) -> Iterator[str]:
    above = _Passage(quoted=False, lines=())
    for passage in passages:
        if not passage.quoted:
            yield from _answered(above, us)
            yield from passage.lines
        above = passage


def _answered(quote: _Passage, us: Party) -> list[str]:
    """The last paragraph of a quote: what stands directly above the answer."""
    bare = [_MARKS.sub("", line, count=1).rstrip() for line in quote.lines] if quote.quoted else []
    end = next((at for at in range(len(bare), 0, -1) if bare[at - 1]), 0)
    start = next((at for at in range(end, 0, -1) if not bare[at - 1]), 0)
    return [f"> {line}" for line in without_announcement(bare[start:end], us)[-_ANSWERED_LINES:]]


def _lines(text: str) -> list[str]:
    plain = _LINE_END.sub("\n", text[:MAX_CHARACTERS]).translate(_INVISIBLE).replace("\u00a0", " ")
    return plain.split("\n", MAX_LINES)[:MAX_LINES]


def _own_lines(sent_text: str) -> frozenset[str]:
    found = (_words(line) for line in _lines(sent_text))
    return frozenset(line for line in found if len(line) >= _OWN_LINE)


def _marked(lines: Sequence[str], sent: frozenset[str]) -> list[str]:
    """The lines with our own letter marked as a quote, where at least half of it stands there without a mark."""
    matching = sent.intersection(_words(line) for line in lines if not is_quoted(line))
    if len(matching) * 2 < len(sent):
        return list(lines)  # an answer may well repeat one of the choices we offered
    return [f"> {line}" if _words(line) in sent else line for line in lines]


def _words(line: str) -> str:
    return _NOT_A_WORD.sub(" ", line).strip().casefold()


def _tidy(lines: Sequence[str]) -> str:
    """No empty line or ruler at either end, no two empty lines in a row."""
    start, end = 0, len(lines)
    while start < end and is_empty(lines[start]):
        start += 1
    while end > start and is_empty(lines[end - 1]):
        end -= 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines[start:end])).strip()
