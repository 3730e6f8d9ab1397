"""What an out-of-office note says: until when, and who stands in; in doubt nothing."""

# ruff: noqa: RUF001
# The letters that look alike are other languages' own.

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.absence import read_absence
from models.wait import Absence

TODAY = date(2026, 11, 22)
KNOWN = ("alice@example.org", "soc@example.com")


def read(text: str, subject: str = "Automatic reply: Was it you?", today: date = TODAY) -> Absence | None:
    return read_absence(subject, text, today, KNOWN)


def until(text: str, today: date = TODAY) -> date | None:
    absence = read(text, today=today)
    assert absence
    return absence.until


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until 5 December 2026.",
        "I'm away until December 5th and have no access to mail.",
        "I will be returning to the office on Saturday, 5 December.",
        "Out 1 Dec - 5 Dec 2026, with limited access.",
        "I am on leave from 2026-11-20 to 2026-12-05.",
        "Back on 12/5/2026 or 5/12/2026? No: back on 2026/12/05!",
        "Ich bin bis zum 5. Dezember 2026 nicht im Büro.",
        "Ich bin bis 05.12.2026 im Urlaub. Ab dem 05.12. wieder erreichbar.",
        "Ich bin vom 23.11. bis 5.12. abwesend.",
        "Je suis absent jusqu'au 5 décembre 2026 inclus.",
        "Estaré fuera de la oficina hasta el 5 de diciembre de 2026.",
        "Sarò assente fino al 5 dicembre 2026.",
        "Estarei de férias até 5 de dezembro de 2026.",
        "Ik ben afwezig tot en met 5 december 2026.",
        "Jag är borta till den 5 december 2026.",
        "Jeg er på ferie til og med 5. desember 2026.",
        "Olen lomalla 5.12.2026 asti.",
        "Jestem na urlopie do 5 grudnia 2026.",
        "Budu mimo kancelář do 5. prosince 2026.",
        "Я в отпуске до 5 декабря 2026 г.",
        "Я у відпустці до 5 грудня 2026 року.",
        "5 Aralık 2026 tarihine kadar izindeyim.",
        "2026. december 5-ig szabadságon vagyok.",
        "Θα λείπω έως 5 Δεκεμβρίου 2026.",
        "12月5日まで休暇をいただいております。",
        "我将休假至2026年12月5日。",
        "2026년 12월 5일까지 휴가입니다.",
    ],
)
def test_an_end_is_read_in_many_languages(text: str) -> None:
    """Worded or in numbers, as the last day or as the day of return."""
    assert until(text) == date(2026, 12, 5)


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until 5/12/2026.",  # May or December
        "I am out of the office until 5 October.",  # forgotten, or a year too early to tell
        "I am out of the office until 5 August.",
        "I am out of the office until 5 December 2025.",
        "I am out of the office until 5 December 2036.",
        "I am out of the office until 5.12",  # or twelve minutes past five
        "I am out of the office until 31 November 2026.",
        "I am out of the office. Our fair is on 5 December 2026.",
        "Do 5. listopada nisam u uredu.",  # October in Zagreb, November in Warsaw
        "I am out of the office until further notice.",
        "I am out of the office.",
    ],
)
def test_what_is_not_sure_is_no_date(text: str) -> None:
    """Least of all is a year guessed."""
    assert until(text) is None


@pytest.mark.parametrize(
    ("today", "text", "expected"),
    [
        (date(2026, 12, 28), "until 4 January", date(2027, 1, 4)),
        (date(2027, 1, 2), "until 28 December", None),
        (date(2027, 1, 5), "until 4 January", date(2027, 1, 4)),  # still the 4th where they live
        (date(2028, 2, 1), "until 29 February", date(2028, 2, 29)),
        (date(2026, 12, 1), "until 29 February", None),
        (date(2026, 11, 22), "until 05.12.26", date(2026, 12, 5)),
    ],
)
def test_a_year_that_is_not_written_is_the_next_one(today: date, text: str, expected: date | None) -> None:
    """If that is soon; a note may be left over from last year."""
    assert until(f"Out of office {text}.", today) == expected


def test_the_last_end_counts() -> None:
    """Whoever is away to the 4th and back on the 7th can be asked on the 7th."""
    text = "I am away from 1 December to 4 December. I will be back on 7 December 2026."
    assert until(text) == date(2026, 12, 7)


@pytest.mark.parametrize(
    ("text", "delegate"),
    [
        ("In urgent cases ask Bob <bob@example.org>, or carol@example.org.", "bob@example.org"),
        ("Bitte wenden Sie sich an Bob (bob@example.org).", "bob@example.org"),
        ("I have no delegate.\n--\nAlice, Alice@Example.org, soc@example.com", None),
        ("Nobody stands in for me.", None),
    ],
)
def test_the_delegate_is_the_first_other_address(text: str, delegate: str | None) -> None:
    """Neither the sender's own nor ours."""
    absence = read(text)
    assert absence
    assert absence.delegate == delegate


@pytest.mark.parametrize(
    ("subject", "text", "is_one"),
    [
        ("Ticket 4711", "Your ticket has been created. Questions: help@example.org", False),
        ("Ticket 4711", "We answer until 18.00. Opened on 5 December 2026.", False),
        ("Re: Was it you?", "I am on annual leave.", True),
        ("Re: Was it you?", "現在、外出しております。", True),
        ("Abwesenheitsnotiz", "", True),
    ],
)
def test_a_receipt_is_no_absence(subject: str, text: str, *, is_one: bool) -> None:
    """Machines answer for many reasons."""
    assert (read(text, subject) is not None) == is_one


@given(
    st.text(), st.text("0123456789./-until aprmay年月日\n@", max_size=500), st.dates(date(1971, 1, 1), date(2199, 1, 1))
)
def test_anything_is_read(subject: str, text: str, today: date) -> None:
    """No note raises."""
    read(text, subject, today)


@pytest.mark.parametrize("piece", ["1.", "until 1", "a@", "a.", "maymay ", "1/1/", "年", "2026-", ". "])
def test_hostile_notes_are_read_in_no_time(stopwatch: Callable[[], float], piece: str) -> None:
    """A note has a length, and no pattern goes back and forth over it."""
    read(piece * 100_000)
    assert stopwatch() < 0.2
