"""A wait in words: one sentence for its result, a table for the UI."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from models.wait import Response, WaitResult, WaitStatus


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
    return f"{ended} {note}".strip() if status == "waiting" else ended


def details(result: WaitResult, next_look: datetime) -> str:
    """Who has answered, as Markdown for Temporal's UI."""
    rows = [f"| {_cell(one.recipient)} | {one.state} | {_when(one.date)} |" for one in result.responses]
    return "\n".join(
        (
            _cell(result.message),
            "",
            "| recipient | state | since |",
            "|---|---|---|",
            *rows,
            "",
            f"Deadline {_when(result.deadline)}, next look {_when(next_look)}.",
        )
    )


def _cell(text: str) -> str:
    """What comes out of mail must not become a table, a link or an image."""
    return "".join(f"\\{char}" if char in "\\|[]()<>*_`!#" else char for char in text).replace("\n", " ")


def _when(date: datetime | None) -> str:
    return f"{date:%Y-%m-%d %H:%M} UTC" if date else ""
