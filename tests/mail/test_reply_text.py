"""The new text of replies: a corpus of clients and languages, and text that wants to do harm."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.reply_text import new_text, new_text_of_html

CORPUS = Path(__file__).parent / "corpus" / "replies"
CUT = "\n--------8<--------\n"
SENT = """Hello Alice,

did you approve the login from 203.0.113.9 on Monday?
Please reply YES or NO.

SOC Team"""

FRAGMENTS = [*">:-_ \n\t@.aO1", "On ", "wrote:", "soc@example.org", "From: ", "10:15", "Sent: x\n", "> "]

Reader = Callable[[str], str]


def read_text(text: str) -> str:
    return new_text(text, own_addresses=["soc@example.org"], own_name="SOC Team", sent_text=SENT)


def read_html(html: str) -> str:
    return new_text_of_html(html, own_addresses=["soc@example.org"], own_name="SOC Team", sent_text=SENT)


def paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize("case", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_answer_is_found(case: Path) -> None:
    """Each file holds what the person wrote, a cut, and the mail as their program sent it."""
    expected, _, mail = case.read_text(encoding="utf-8").partition(CUT)
    read = read_html if case.suffix == ".html" else read_text
    assert paragraphs(read(mail)) == paragraphs(expected)


@pytest.mark.parametrize("case", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.name)
def test_line_ends_make_no_difference(case: Path) -> None:
    """CRLF, as mail travels, reads like LF."""
    mail = case.read_text(encoding="utf-8").partition(CUT)[2]
    assert read_text(mail.replace("\n", "\r\n")) == read_text(mail)


def test_the_corpus_is_broad() -> None:
    """Eight languages and thirty cases at least."""
    languages = {case.stem.rpartition("-")[2] for case in CORPUS.iterdir()}
    assert len(languages) >= 8
    assert len(list(CORPUS.iterdir())) >= 30


def test_hard_spaces_are_spaces() -> None:
    """A pattern for "thank you" finds it however the program spaced it."""
    assert read_text("thank\u00a0you") == "thank you"


@pytest.mark.parametrize("empty", ["", " \n\t\n", "<p> </p>"])
def test_nothing_stays_nothing(empty: str) -> None:
    """Only what holds no text at all gives no text."""
    assert read_html(empty) == ""


@given(st.lists(st.sampled_from(FRAGMENTS)).map("".join))
def test_any_text_is_read(text: str) -> None:
    """Whatever is written, nothing raises, and no more comes out than went in."""
    assert len(read_text(text)) <= len(text)


@pytest.mark.parametrize(
    "quoting",
    ["> please reply YES or NO", "On Mon, 2 Mar 2026 at 10:00, SOC Team <soc@example.org> wrote:\n> please reply YES"],
)
def test_our_own_question_is_nobodys_answer(quoting: str) -> None:
    """Who sends back nothing but the quoted letter has not said YES."""
    assert read_text(quoting) == ""


def test_without_our_letter_nothing_is_guessed_from_the_history() -> None:
    """Below an unmarked header may be an answer, or our own words."""
    history = "From: SOC Team <soc@example.org>\nSent: Monday\nTo: Bob\nSubject: Question\n\nplease reply YES or NO"
    assert new_text(history, own_addresses=["soc@example.org"]) == ""


@given(st.text())
def test_any_html_is_read(html: str) -> None:
    """No text makes the reader of HTML fail."""
    read_html(html)


HOSTILE = {
    "open anchors": "<a " * 100_000,
    "nested blocks": "<div>" * 100_000,
    "nested quotes": "<blockquote>" * 100_000,
    "nested tables": "<div><table><td></div>" * 30_000,
    "quote marks": ">" * 100_000,
    "quoted lines": ">\n" * 100_000,
    "attributions": "On " * 50_000 + "wrote:",
    "half attributions": "On 10:15 a@b.c\n" * 20_000,
    "separators": ("-" * 390 + "\n") * 2_000,
    "labels": "From: a\n" * 20_000,
    "empty lines": "\n" * 200_000,
}


@pytest.mark.parametrize("read", [read_text, read_html])
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_linear_time(hostile: str, read: Reader, stopwatch: Callable[[], float]) -> None:
    """Quadratic readers need half a minute here; ours needs a fraction of a second."""
    read(hostile)
    assert stopwatch() < 5
