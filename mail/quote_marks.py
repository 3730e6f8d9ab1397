"""The lines with which mail programs announce what they quote."""

# ruff: noqa: RUF001
# The marks that look alike are other scripts' own.

import re
from collections.abc import Collection, Iterator, Sequence

from mail.quote_phrases import FORWARDS, RECIPIENT_LABELS, SENDER_LABELS, TITLES, WROTE

# An attribution line wraps at 72 to 78 columns: four lines hold the longest name and address.
MAX_WRAPPED = 4
_ATTRIBUTION_LENGTH = 500
_ANNOUNCEMENT_LENGTH = 400

# From the first character of a word only: tried at each one, long words take quadratic time.
_ADDRESS = re.compile(r"(?<![^\s<>()\[\],;:\"])[^\s<>()\[\],;:\"@]{1,128}@[A-Za-z0-9.\-]{1,255}")
_SUBADDRESS = re.compile(r"\+[^@\s+]{1,64}@")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}|\d{4}|\d{1,2}/\d{1,2}|\d{1,2}[.-]\d{1,2}[.-]\d{2}")
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？")
_DIGIT = re.compile(r"\d")
# With words where the colon stands on a line of its own, or the program forgets it.
_ENDS = (":", "：", "wrote", "schrieb", "geschreven", "écrit")
# Of a time, a person, a quote below: with a word for writing, two announce a quote.
_CLUES = 2
# Yahoo on Android begins the quote on the same line: "wrote:   Hello".
_SAME_LINE = ":   "

_DASHED = re.compile(r"\s*[-_=]{3,80}+[ \t]{0,4}[^\s_=-][^_=\n]{2,60}?[-_=]{3,80}\s*")
# Lotus Notes: -----SOC <soc@example.org> wrote: -----
_LOTUS = re.compile(r"\s*-{3,80}+[^\n]{3,300}?: ?-{3,80}\s*")
_BAR = re.compile(r"\s*[-_=\u2500-\u2501]{10,200}\s*")

_LABEL = re.compile(r"[*_ \t]{0,6}([^\W\d_][^:：\n]{0,24}?)[ \u00a0]?\*{0,2}[:：]")
MIN_HEADER_LINES = 3
MAX_HEADER_LINES = 12
# The upright header of Lotus Notes has an empty line above each label.
_UPRIGHT_LINES = 20


class Party:
    """Us, whose letters are quoted: our addresses and our name."""

    def __init__(self, addresses: Sequence[str], name: str) -> None:
        self._addresses = tuple(one.strip().casefold() for one in addresses if "@" in one)
        self._name = name.strip().casefold()

    def is_named_in(self, text: str) -> bool:
        """Whether the text has our name or an address of ours."""
        return (bool(self._name) and self._name in text.casefold()) or self.has_address_in(text)

    def has_address_in(self, text: str) -> bool:
        """Whether the text has an address of ours, with or without a tag (RFC 5233)."""
        if "@" not in text:
            return False
        folded = _SUBADDRESS.sub("@", text.casefold())
        return any(address in folded for address in self._addresses)


def is_quoted(line: str) -> bool:
    """RFC 3676 §4.5: quoted lines begin with ">"."""
    return line.lstrip().startswith(">")


def is_bar(line: str) -> bool:
    """A ruler, such as Outlook draws above the history."""
    return bool(_BAR.fullmatch(line))


def announcement_lines(lines: Sequence[str], start: int, us: Party) -> int:
    """How many lines from here announce a quote, in any of the known ways; 0 if none does."""
    return (
        _header_block_lines(lines, start, us)
        or int(_is_separator(lines[start]))
        or _attribution_lines(lines, start, us)
        or _upright_header_lines(lines, start)
    )


def without_announcement(lines: Sequence[str], us: Party) -> Sequence[str]:
    """The lines less what announces a quote above them."""
    return lines[announcement_lines(lines, 0, us) :] if lines else lines


def _is_separator(line: str) -> bool:
    """`-----Original Message-----` and its translations."""
    if len(line) > _ANNOUNCEMENT_LENGTH:
        return False
    dashed = _DASHED.fullmatch(line) and _has_any(TITLES, line)
    forward = line.strip("*_ \t:：").casefold() in FORWARDS
    return bool(dashed or forward or (_LOTUS.fullmatch(line) and _ADDRESS.search(line)))


def _attribution_lines(lines: Sequence[str], start: int, us: Party) -> int:
    """How many lines from here are an attribution ("On … SOC wrote:"); 0 if this is none."""
    joined = ""
    for count in range(1, MAX_WRAPPED + 1):
        line = lines[start + count - 1].strip() if start + count <= len(lines) else ""
        if not line or is_quoted(line):
            return 0
        joined = f"{joined} {_before_quote(line)}".strip()
        if len(joined) > _ATTRIBUTION_LENGTH:
            return 0
        if _ends(joined) and _is_attribution(joined, us, followed=quote_follows(lines, start + count)):
            return 0 if count > 1 and _is_answer(lines[start]) else count
    return 0


def _header_block_lines(lines: Sequence[str], start: int, us: Party) -> int:
    """How many lines from here are a copied header (From:, Sent:, To:, Subject:); 0 if this is none."""
    ruled = is_bar(lines[start]) or _is_separator(lines[start])
    top = _after_blank(lines, start + 1) if ruled else start
    labels = list(_labels(lines[top : top + MAX_HEADER_LINES]))
    if sum(map(bool, labels)) < MIN_HEADER_LINES:
        return 0
    block = lines[top : top + len(labels)]
    sender = any(label in SENDER_LABELS and "@" in line for label, line in zip(labels, block, strict=True))
    # Our name alone may stand in any list that a person writes: "Team: SOC".
    known = sender or labels[0] in SENDER_LABELS or us.has_address_in("\n".join(block))
    return top + len(labels) - start if known else 0


def _labels(lines: Sequence[str]) -> Iterator[str]:
    """The label of each header line; empty for one that only goes on."""
    for at, line in enumerate(lines):
        label = _LABEL.match(line)
        if label is None and not (at and line.lstrip().startswith("<")):
            return
        yield label[1].strip("*_ ").casefold() if label else ""


def _upright_header_lines(lines: Sequence[str], start: int) -> int:
    """How many lines from here are Lotus Notes' header with labels above their values; 0 if this is none."""
    dated = start + 1 < len(lines) and _TIME.match(lines[start + 1].lstrip()[:_ANNOUNCEMENT_LENGTH])
    if not dated or not _ADDRESS.search(lines[start][:_ANNOUNCEMENT_LENGTH]):
        return 0
    first = _after_blank(lines, start + 2)
    if first >= len(lines) or lines[first].strip().casefold() not in RECIPIENT_LABELS:
        return 0
    # Two empty lines end it: what follows is the letter.
    end = min(len(lines), start + _UPRIGHT_LINES)
    gap = next((at for at in range(first, end - 1) if not lines[at].strip() and not lines[at + 1].strip()), first + 1)
    return gap - start


def is_empty(line: str) -> bool:
    """Nothing, or a ruler."""
    return not line.strip() or is_bar(line)


def quote_follows(lines: Sequence[str], start: int) -> bool:
    """Whether the next line that holds something is quoted."""
    following = _after_blank(lines, start)
    return following < len(lines) and is_quoted(lines[following])


def _ends(text: str) -> bool:
    return text.rstrip("-* ").endswith(_ENDS)


def _is_attribution(text: str, us: Party, *, followed: bool) -> bool:
    address = _ADDRESS.search(text)
    when = _TIME.search(_ADDRESS.sub("", text) if address else text)
    mine = us.is_named_in(text)
    if when and (mine or (address and followed)):
        return True
    # Gnus and Horde name no time, Thunderbird no address.
    clues = (when, address or mine, followed)
    return sum(map(bool, clues)) >= _CLUES and _has_any(WROTE, text)


def _before_quote(line: str) -> str:
    attribution, colon, _ = line.partition(_SAME_LINE)
    return attribution + colon.rstrip()


def _has_any(phrases: Collection[str], text: str) -> bool:
    folded = text.casefold()
    return any(phrase in folded for phrase in phrases)


def _after_blank(lines: Sequence[str], start: int) -> int:
    """The next line that holds something; programs leave one or two empty."""
    end = min(len(lines), start + MAX_WRAPPED)
    at = start
    while at < end and not lines[at].strip():
        at += 1
    return at


def _is_answer(line: str) -> bool:
    """A line that only happens to stand above an attribution: `Yes, that was me.`"""
    return line.rstrip().endswith(_SENTENCE_ENDS) or not (_DIGIT.search(line) or "@" in line)
