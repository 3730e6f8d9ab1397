"""A wait in words: one sentence for its result, a table for the UI."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from models.wait import Response, WaitResult, WaitStatus
from workflows.markdown import plain

# Temporal's UI leaves no room between columns: a space that Markdown keeps does.
_BETWEEN_CELLS = " | \N{NO-BREAK SPACE}"


def sentence(status: WaitStatus, responses: Sequence[Response], stopped: str | None, note: str) -> str:
    """What a wait came to, or how it stands."""
    counts = Counter(response.state for response in responses)
    people = "1 recipient" if len(responses) == 1 else f"{len(responses)} recipients"
    outcome = f"{counts['replied']} of {people} replied"
    if counts["bounced"]:
        outcome += f", {counts['bounced']} could not be reached"
    beginnings = {
        "waiting": "Waiting: ",
        "timed_out": "Timed out: ",
        "stopped": f"Stopped ({stopped}): ",
        "undeliverable": "Undeliverable: ",
    }
    ended = f"{beginnings.get(status, '')}{outcome}."
    # What failed does not matter to those who have what they waited for.
    matters = status == "waiting" or (status in ("timed_out", "partially_replied") and counts["pending"])
    return f"{ended} {note}".strip() if matters else ended


def details(result: WaitResult, *, since: datetime, next_look: datetime) -> str:
    """Who has answered, as Markdown for Temporal's UI; those who have not owe an answer since the letter."""
    rows = ((plain(one.recipient), one.state, _when(one.date or since)) for one in result.responses)
    return "\n".join(
        (
            plain(result.message),
            "",
            _row("recipient", "state", "since"),
            "|---|---|---|",
            *(_row(*row) for row in rows),
            "",
            f"Deadline {_when(result.deadline)}{_put_off(result)}{_looks(result, next_look)}.",
        )
    )


def _row(*cells: str) -> str:
    return f"| {_BETWEEN_CELLS.join(cells)} |"


def _looks(result: WaitResult, next_look: datetime) -> str:
    # There is a last one at the deadline.
    return f", next look {_when(min(next_look, result.deadline))}" if result.status == "waiting" else ""


def _put_off(result: WaitResult) -> str:
    minutes = result.extended_minutes
    return f" (put off by {minutes} minutes because somebody is away)" if minutes else ""


def _when(date: datetime) -> str:
    return f"{date:%Y-%m-%d %H:%M} UTC"
