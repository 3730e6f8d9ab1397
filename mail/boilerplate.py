"""An answer without what no person wrote for it: banners of gateways, footers of programs, signatures, disclaimers."""

import re
from collections.abc import Collection, Sequence

from mail.boilerplate_phrases import (
    BANNER_ENDS,
    BANNERS,
    CONFIDENTIAL,
    DEVICES,
    DISCLAIMERS,
    FOOTERS,
    PAPER,
    TAGS,
)
from mail.quote_marks import is_empty

# A banner is a sentence or two on one line; a lawyer's paragraph is longer.
_BANNER_LENGTH = 600
_FOOTER_LENGTH = 200
_DISCLAIMER_LENGTH = 4000
# At 72 columns; HTML has it on one.
_DISCLAIMER_LINES = 20
# "This message is confidential." may be a person's word; nobody's lawyer is so brief.
_SHORTEST_DISCLAIMER = 100

# RFC 3676 §4.3, less the space that HTML and some servers take away.
_SIGNATURE = frozenset({"-- ", "--"})
_TAG = re.compile(r"\s*[\[*(<{][^\[\]\n]{1,60}[\])>}*]\s*")
_LINK = re.compile(r"<[^<>\s]{1,150}>|\[https?:[^\[\]\s]{1,150}\]")
_SPACE = re.compile(r"\s+")
_OPENINGS = (*DISCLAIMERS, *PAPER)
# "iPhone 15 Pro", "Android Mobiltelefon mit GMX Mail", "iPhone'a".
_MODEL = r"[\w.'\u2019+/-]{0,40}"


def _squeezed(text: str) -> str:
    return _SPACE.sub("", text).casefold()


def _footer_pattern() -> re.Pattern[str]:
    device = f"(?:{'|'.join(re.escape(_squeezed(one)) for one in DEVICES)}){_MODEL}"
    return re.compile("|".join(re.escape(_squeezed(one)).replace(r"\{\}", device) for one in FOOTERS))


_FOOTER = _footer_pattern()


def without_boilerplate(lines: Sequence[str]) -> list[str]:
    """The lines that a person wrote."""
    start = _after_banners(lines)
    signature = (at for at in range(start, len(lines)) if lines[at] in _SIGNATURE)
    end = next(signature, len(lines))
    while end > start and (last := _added_lines(lines, start, end)):
        end -= last
    return list(lines[start:end])


def _after_banners(lines: Sequence[str]) -> int:
    """Where the text begins; gateways write above it."""
    at = start = 0
    while at < len(lines):
        if is_empty(lines[at]):
            at += 1
        elif _is_tag(lines[at]):
            at = start = at + 1
        elif _has_any(BANNERS, lines[at]):
            at = start = _after_banner(lines, at)
        else:
            break
    return start


def _after_banner(lines: Sequence[str], start: int) -> int:
    at = start + 1
    while at < len(lines) and (_has_any(BANNERS, lines[at]) or _has_any(BANNER_ENDS, lines[at])):
        at += 1
    return at


def _added_lines(lines: Sequence[str], start: int, end: int) -> int:
    """How many of the last lines are empty, a footer or a disclaimer; 0 if a person wrote the last one."""
    if is_empty(lines[end - 1]) or _is_footer(lines[end - 1]):
        return 1
    for first in range(end - 1, max(start, end - _DISCLAIMER_LINES) - 1, -1):
        if is_empty(lines[first]):
            break
        if _is_disclaimer(lines[first:end]):
            return end - first
    return 0


def _is_tag(line: str) -> bool:
    return bool(_TAG.fullmatch(line)) and _has_any(TAGS, line)


def _is_footer(line: str) -> bool:
    if len(line) > _FOOTER_LENGTH:
        return False
    return bool(_FOOTER.fullmatch(_squeezed(_LINK.sub("", line)).strip("*_.")))


def _is_disclaimer(paragraph: Sequence[str]) -> bool:
    first = paragraph[0][:_DISCLAIMER_LENGTH].casefold().lstrip(" *_-\t")
    if not first.startswith(_OPENINGS):
        return False
    folded = " ".join(paragraph)[:_DISCLAIMER_LENGTH].casefold()
    if len(folded) >= _SHORTEST_DISCLAIMER and any(word in folded for word in CONFIDENTIAL):
        return True
    return first.startswith(tuple(PAPER))


def _has_any(phrases: Collection[str], line: str) -> bool:
    folded = line[:_BANNER_LENGTH].casefold().replace("\u2019", "'")
    return any(phrase in folded for phrase in phrases)
