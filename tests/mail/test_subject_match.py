"""Answers that only their sender and subject tie to a letter."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.base_subject import answered_subjects, base_subject
from mail.correlation import reply_token, subject_key, subject_keys
from mail.headers import Headers
from mail.subject_match import is_of_another
from models.wait import AwaitedLetter

LETTER = "<letter-1@example.org>"
SINCE = datetime(2026, 11, 22, 12, 0, 0, 345678, tzinfo=UTC)
OURS = AwaitedLetter(account="soc", message_ids=(LETTER,), since=SINCE, folders=("INBOX",))
TOKEN = reply_token(b"secret", LETTER)


def answer(*fields: str, sender: str = "Alice <Alice@Example.org>", subject: str = "Re: Question") -> Headers:
    return Headers.read("\r\n".join((f"From: {sender}", f"Subject: {subject}", *fields)).encode())


@pytest.mark.parametrize(
    "subject",
    [
        "Question 7",
        "Re: Question 7",
        "RE:  question\t7",
        "AW: Re: Question 7",
        "[EXTERNAL] Antw: [list] Question 7",
        "Re[2]: Question 7",
        "回复： Question 7",  # noqa: RUF001  the colon of Chinese
        "Fwd: Question 7 (fwd)",
    ],
)
def test_an_answer_has_the_subject_of_its_letter(subject: str) -> None:
    """Whatever programs put in front of it (RFC 5256 §2.1)."""
    assert base_subject("Question 7") in answered_subjects(subject)


@pytest.mark.parametrize("subject", ["Question 77", "Re: My question 7", "Re:", "", "7"])
def test_another_subject_is_another(subject: str) -> None:
    """A part of it is not enough."""
    assert base_subject("Question 7") not in answered_subjects(subject)


def test_the_mark_of_a_case_stays() -> None:
    """Two cases may ask the same."""
    ours = base_subject("Re: [SOC-1] Was it you?")
    assert ours in answered_subjects("AW: [EXT] [SOC-1] Was it you?")
    assert ours not in answered_subjects("AW: [SOC-2] Was it you?")


def test_a_subject_counts_for_its_sender_alone() -> None:
    """Addresses are compared as everywhere; a letter without a subject has no such key."""
    keys = subject_keys(answer())
    assert subject_key("alice@example.org", "Question") in keys
    assert subject_key("bob@example.org", "Question") not in keys
    assert subject_key("alice@example.org", "Re:") == ""


@given(st.text())
def test_any_subject_has_few_bases(subject: str) -> None:
    """And raises nothing; what ours is compared by is one of its own."""
    bases = list(answered_subjects(subject))
    assert len(bases) <= 20
    assert not base_subject(subject) or base_subject(subject) in bases


def test_hostile_subjects_are_read_in_time() -> None:
    """As many steps as a thread has, and no more."""
    assert len(list(answered_subjects("re: " * 100_000))) == 20
    assert len(base_subject("[" * 500_000)) == 500


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=-1), timedelta(days=20)])
def test_an_answer_comes_after_its_letter(ahead: timedelta) -> None:
    """Servers tell whole seconds, and their clocks differ a little."""
    assert not is_of_another(answer(), (SINCE + ahead).replace(microsecond=0), OURS, (), "example.org")
    assert is_of_another(answer(), SINCE - timedelta(hours=1), OURS, (), "example.org")


@pytest.mark.parametrize(
    "field",
    [
        "In-Reply-To: <letter-2@example.org>",
        "References: <letter-2@EXAMPLE.org>",
        f"To: soc+r.{'a' * 16}@example.org",
    ],
)
def test_an_answer_to_another_letter_of_ours_is_not_ours(field: str) -> None:
    """Two letters may have the same subject and the same reader."""
    assert is_of_another(answer(field), SINCE, OURS, (), "example.org")


@pytest.mark.parametrize(
    "field", [f"References: <letter-2@example.org> {LETTER}", f"To: soc+r.{TOKEN}@example.org", "In-Reply-To: <a@b>"]
)
def test_what_names_our_letter_is_ours(field: str) -> None:
    """Whatever else it names, and whenever it came; ids of others say nothing."""
    assert not is_of_another(answer(field), SINCE, OURS, (f"token:{TOKEN}",), "example.org")
