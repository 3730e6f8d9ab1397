"""What came of the corpora, in figures, and the bars that they have to reach."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus.desk import Outcome
from corpus.letter import Corpus

# A wait reads one message after the other: nothing that arrives may hold it up. Of the processor, as desk.py has it.
SLOWEST_SECONDS = 2.0
BOUNCES_RECOGNISED = 0.95
RECIPIENTS_NAMED = 0.85
HAM_MISJUDGED = 0.001
# As many findings of one kind as a person reads.
_SHOWN = 20
_HEADINGS = ("", "messages", "exceptions", "slowest (CPU)", "recognised", "recipient named", "taken for a machine's")


@dataclass
class Row:
    """One corpus."""

    corpus: Corpus
    messages: int = 0
    slowest: float = 0.0
    errors: list[str] = field(default_factory=list[str])
    slow: list[str] = field(default_factory=list[str])
    unrecognised: list[str] = field(default_factory=list[str])
    unnamed: list[str] = field(default_factory=list[str])
    misjudged: list[str] = field(default_factory=list[str])

    def count(self, outcome: Outcome) -> None:
        """Take one message into account."""
        letter, kind = outcome.letter, outcome.reply.kind if outcome.reply else ""
        rule = outcome.reply.rule if outcome.reply else ""
        self.messages += 1
        self.slowest = max(self.slowest, outcome.seconds)
        findings = (
            (self.errors, bool(outcome.error), outcome.error),
            (self.slow, outcome.seconds > SLOWEST_SECONDS, f"{outcome.seconds:.1f} s"),
            (self.unrecognised, self.corpus is Corpus.BOUNCES and kind != "bounce", f"{kind} {rule}"),
            (self.unnamed, not letter.failed <= outcome.named, f"{_some(letter.failed)}, not {_some(outcome.named)}"),
            (self.misjudged, kind != "reply" and not letter.written_by_machine, f"{kind} {rule}"),
        )
        for found, true, why in findings:
            if true:
                found.append(f"{letter.name}: {why}")

    @property
    def missed(self) -> Iterator[str]:
        """The bars that were not reached, and what stands against them."""
        bars = (
            ("exceptions", self.errors, 0.0),
            (f"slower than {SLOWEST_SECONDS} s", self.slow, 0.0),
            ("bounces not recognised", self.unrecognised, 1 - BOUNCES_RECOGNISED),
            ("recipients not named", self.unnamed, 1 - RECIPIENTS_NAMED),
            ("ham misjudged", self.misjudged if self.corpus is Corpus.HAM else [], HAM_MISJUDGED),
        )
        for what, found, allowed in bars:
            if found and len(found) > allowed * self.messages:
                yield f"{self.corpus}: {what}: {len(found)} of {self.messages}"

    @property
    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        bounces, ham = self.corpus is Corpus.BOUNCES, self.corpus is Corpus.HAM
        return (
            self.corpus,
            f"{self.messages:,}",
            str(len(self.errors)),
            f"{self.slowest:.2f} s",
            self._share(self.unrecognised) if bounces else "",
            self._share(self.unnamed) if bounces else "",
            f"{len(self.misjudged)} ({len(self.misjudged) / max(self.messages, 1):.2%})" if ham else "",
        )

    @property
    def findings(self) -> Iterator[str]:
        """Each message that fell short, for those who want to know why."""
        misjudged = self.misjudged if self.corpus is Corpus.HAM else []
        for found in (self.errors, self.slow, self.unrecognised, self.unnamed, misjudged):
            yield from (f"  {one}" for one in found[:_SHOWN])

    def _share(self, without: list[str]) -> str:
        return f"{1 - len(without) / max(self.messages, 1):.1%}"


class Figures:
    """A row a corpus."""

    def __init__(self) -> None:
        self.rows = {corpus: Row(corpus) for corpus in Corpus}

    def count(self, outcome: Outcome) -> None:
        """Take one message into account."""
        self.rows[outcome.letter.corpus].count(outcome)

    @property
    def missed(self) -> tuple[str, ...]:
        """The bars that were not reached."""
        return tuple(line for row in self.rows.values() for line in row.missed)

    def lines(self) -> Iterator[str]:
        """The table, then what fell short."""
        table = (_HEADINGS, *(row.cells for row in self.rows.values()))
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for cells in table:
            yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for row in self.rows.values():
            yield from row.findings
        yield from (f"MISSED  {line}" for line in self.missed)


def _some(addresses: frozenset[str]) -> str:
    return ", ".join(sorted(addresses)[:3]) or "nobody"
