"""Texts cut to what a result may carry, measured as the JSON that travels."""

import json
import re
from collections.abc import Iterable

# C0 and C1 controls but for tab and line feed: JSON would blow each up to six characters. Lone surrogates
# have no JSON at all.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")
_LINE_END = re.compile(r"\r\n?")


def plain(text: str) -> str:
    """The text with line feeds as its only line ends, and without other control characters."""
    return _CONTROL.sub("", _LINE_END.sub("\n", text))


def json_octets(text: str) -> int:
    """What a plain text takes in a result, but for the quotation marks around it."""
    return len(_written(text))


def excerpt(text: str, limit: int) -> str:
    """The beginning of a plain text that takes no more than so many octets of JSON."""
    if len(text) * 2 <= limit and text.isascii():  # an escaped character takes two
        return text
    written = _written(text)
    if len(written) <= limit:
        return text
    piece = written[:limit].decode("utf-8", "ignore")
    backslashes = len(piece) - len(piece.rstrip("\\"))
    unescaped: str = json.loads(f'"{piece[: len(piece) - backslashes % 2]}"')
    return unescaped


def fair_share(wanted: Iterable[int], budget: int) -> int:
    """What each may have at most, so that all together keep to the budget and what the small leave, the large get."""
    left = budget
    ascending = sorted(wanted)
    for number, size in enumerate(ascending):
        share = left // (len(ascending) - number)
        if size > share:
            return max(0, share)
        left -= size
    return budget


class Texts:
    """Cuts texts to one limit, and remembers whether it had to."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.truncated = False

    def cut(self, text: str) -> str:
        """The text, or as much of its beginning as the limit admits."""
        whole = plain(text)
        cut = excerpt(whole, self._limit)
        self.truncated = self.truncated or len(cut) < len(whole)
        return cut


def _written(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8")
