"""What Temporal's UI shows of a wait: a table, and no word of a stranger that is anything but a word."""

from datetime import UTC, datetime, timedelta

import pytest

from models.wait import Response, WaitResult
from workflows.markdown import plain
from workflows.progress import details

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_table_says_who_owes_an_answer_since_when() -> None:
    """And when the wait looks again, and ends."""
    answered = Response(recipient="bob_b@example.org", state="replied", date=NOON + HOUR)
    shown = details(waiting(Response(recipient="alice@example.org"), answered), since=NOON, next_look=NOON + 3 * HOUR)
    assert shown.replace("\N{NO-BREAK SPACE}", "").splitlines()[2:] == [
        "| recipient | state | since |",
        "|---|---|---|",
        "| alice@example.org | pending | 2026-11-22 12:00 UTC |",
        r"| bob\_b@example.org | replied | 2026-11-22 13:00 UTC |",
        "",
        "Deadline 2026-11-22 16:00 UTC, next look 2026-11-22 15:00 UTC.",
    ]


def test_the_last_look_is_at_the_deadline() -> None:
    """None is announced for later."""
    shown = details(waiting(), since=NOON, next_look=NOON + 9 * HOUR)
    assert shown.endswith("Deadline 2026-11-22 16:00 UTC, next look 2026-11-22 16:00 UTC.")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a | b", r"a \| b"),
        ("[log in](https://evil.example)", r"\[log in\]\(https\://evil.example\)"),
        ("![](//evil.example/pixel)", r"\!\[\]\(//evil.example/pixel\)"),
        ("<img src=x>", r"\<img src=x\>"),
        ("one\n\n# two\u2028three", r"one \# two three"),
        ("**_`~&amp;\\", r"\*\*\_\`\~\&amp;" + "\\\\"),
    ],
)
def test_a_strangers_words_stay_words(written: str, shown: str) -> None:
    """No row, link, image, heading or tag; the UI would fetch an image as soon as somebody looks."""
    assert plain(written) == shown


def waiting(*responses: Response) -> WaitResult:
    """A wait until four o'clock."""
    return WaitResult(
        status="waiting", message="Waiting.", case_id="7", account="soc", deadline=NOON + 4 * HOUR, responses=responses
    )
