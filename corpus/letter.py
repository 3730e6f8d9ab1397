"""One message of a corpus, and what is known of it."""

from dataclasses import dataclass
from enum import StrEnum


class Corpus(StrEnum):
    """Where a message comes from."""

    BOUNCES = "bounces (flufl.bounce)"
    HAM = "ham (SpamAssassin)"
    SPAM = "spam (SpamAssassin)"
    ODD = "odd mail (CPython)"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it was stored; `failed` are the addresses that its corpus says a report names."""

    corpus: Corpus
    name: str
    raw: bytes
    failed: frozenset[str] = frozenset()
    written_by_machine: bool = False
