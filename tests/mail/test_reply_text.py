"""The new text of replies: a corpus of clients and languages, and text that wants to do harm."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.hostile import SHAPES, repeated
from mail.html_text import text_of_html
from mail.reply_text import MAX_CHARACTERS, new_text, new_text_of_html

CORPUS = Path(__file__).parent / "corpus" / "replies"
CUT = "\n--------8<--------\n"
SENT = """Hello Alice,

did you approve the login from 203.0.113.9 on Monday?
Please reply YES or NO.

SOC Team"""

# Nothing in them but our own words tells what is ours.
ONLY_OUR_LETTER_TELLS = {"outlook-answer-below-en.txt", "outlook-inline-unmarked-en.txt", "own-letter-unmarked-en.txt"}
# Nothing in it but our address tells what is quoted.
ONLY_OUR_ADDRESS_TELLS = {"gmail-tagged-ja.txt"}

CLIENTS = (
    *(
        "outlook-desktop",
        "outlook-web",
        "outlook-mobile",
        "gmail",
        "gmail-mobile",
        "apple-mail",
        "iphone",
        "thunderbird",
    ),
    *("yahoo", "yahoo-mobile", "proton", "proton-mobile", "lotus", "hcl-notes", "samsung", "gmx", "webde", "k9-mail"),
)

FRAGMENTS = [*">:-_ \n\t@.aO1", "On ", "wrote:", "soc@example.org", "From: ", "10:15", "Sent: x\n", "> "]

Reader = Callable[..., str]


def read_text(text: str) -> str:
    return new_text(text, own_addresses=["soc@example.org"], own_name="SOC Team", sent_text=SENT)


def read_html(html: str) -> str:
    return new_text_of_html(html, own_addresses=["soc@example.org"], own_name="SOC Team", sent_text=SENT)


def paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def read_as(case: Path) -> tuple[str, str, Reader]:
    """What is expected of a file, the mail in it, and who reads such mail."""
    expected, _, mail = case.read_text(encoding="utf-8").partition(CUT)
    return expected, mail, new_text_of_html if case.suffix == ".html" else new_text


def misread(own_address: str) -> set[str]:
    """The files whose answer is not found by who knows no more than his address."""
    cases = [(case, *read_as(case)) for case in CORPUS.iterdir()]
    return {
        case.name
        for case, expected, mail, read in cases
        if paragraphs(read(mail, own_addresses=[own_address])) != paragraphs(expected)
    }


@pytest.mark.parametrize("case", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_answer_is_found(case: Path) -> None:
    """Each file holds what the person wrote, a cut, and the mail as their program sent it."""
    expected, mail, read = read_as(case)
    found = read(mail, own_addresses=["soc@example.org"], own_name="SOC Team", sent_text=SENT)
    assert paragraphs(found) == paragraphs(expected)


@pytest.mark.parametrize("case", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.name)
def test_line_ends_make_no_difference(case: Path) -> None:
    """CRLF, as mail travels, reads like LF."""
    mail = case.read_text(encoding="utf-8").partition(CUT)[2]
    assert read_text(mail.replace("\n", "\r\n")) == read_text(mail)


def test_our_letter_is_seldom_needed() -> None:
    """A wait for the answers to a letter that somebody else has sent knows no words of it."""
    assert misread("soc@example.org") == ONLY_OUR_LETTER_TELLS


def test_quotes_of_anybody_are_left_out() -> None:
    """The history of a thread is mostly other people's."""
    assert misread("somebody.else@example.com") == ONLY_OUR_LETTER_TELLS | ONLY_OUR_ADDRESS_TELLS


def test_the_corpus_is_broad() -> None:
    """Every usual client, as text and as HTML, in the languages of those who use it."""
    names = [case.name for case in CORPUS.iterdir()]
    assert len(names) >= 260
    assert sum(name.endswith(".html") for name in names) >= 50
    assert len({name.rpartition(".")[0].rpartition("-")[2] for name in names}) >= 30
    assert not [client for client in CLIENTS if not any(name.startswith(f"{client}-") for name in names)]


def test_what_is_left_out_is_in_the_whole_text() -> None:
    """A reply that is nothing but a quote has no new text, and still its whole text."""
    mail = read_as(CORPUS / "outlook-quote-only-pt.html")[1]
    assert not read_html(mail)
    assert "did you approve the login" in text_of_html(mail)


def test_a_choice_of_ours_may_be_the_answer() -> None:
    """Below the marked quote of our letter, its words are the answerer's own."""
    quoted = "\n".join(f"> {line}" for line in SENT.splitlines())
    assert read_text(f"{quoted}\n\nPlease reply YES or NO.") == "Please reply YES or NO."


def test_an_answer_keeps_no_more_than_the_question() -> None:
    """Of a long quote above an inline answer, the last lines stay; of its marks, one."""
    quote = "\n".join(f">> line {number}" for number in range(20))
    answer = read_text(f"{quote}\nYES\n> bye")
    assert answer == "> line 15\n> line 16\n> line 17\n> line 18\n> line 19\nYES"


def test_hard_spaces_are_spaces() -> None:
    """A pattern for "thank you" finds it however the program spaced it."""
    assert read_text("thank\u00a0you") == "thank you"


@pytest.mark.parametrize("empty", ["", " \n\t\n", "<p> </p>"])
def test_nothing_stays_nothing(empty: str) -> None:
    """Only what holds no text at all gives no text."""
    assert read_html(empty) == ""


@given(st.lists(st.sampled_from(FRAGMENTS)).map("".join))
def test_any_text_is_read(text: str) -> None:
    """Whatever is written, nothing raises, and no more comes out than went in, but for the marks of quoted lines."""
    assert len(read_text(text)) <= len(text) + 2 * (text.count("\n") + 1)


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


@pytest.mark.parametrize("piece", SHAPES.values(), ids=SHAPES.keys())
def test_hostile_text_takes_linear_time(piece: str, stopwatch: Callable[[], float]) -> None:
    """Quadratic readers need half a minute here; ours needs a fraction of a second (`python -m benchmarks.hostile`)."""
    reader_of(piece)(repeated(piece, MAX_CHARACTERS))
    assert stopwatch() < 5


def reader_of(piece: str) -> Reader:
    """HTML is read as such, anything else as text."""
    return read_html if piece.startswith("<") else read_text


def steps(read: Reader, text: str) -> int:
    """How many calls reading takes."""
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    sys.setprofile(count)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("piece", SHAPES.values(), ids=SHAPES.keys())
def test_twice_the_text_takes_twice_the_steps(piece: str) -> None:
    """However many lines, quotes or elements it is cut into; what has no line to the end costs a little at the end."""
    half, whole = (steps(reader_of(piece), repeated(piece, size)) for size in (2_000, 4_000))
    assert whole < 2.2 * half
