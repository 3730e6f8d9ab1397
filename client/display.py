"""How a wait looks at a terminal: a table that fills while it runs, or a line for each event."""

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from client.action import StartedWait, W
from models.wait import ExclusionReason, Response, WaitResult

REASONS: dict[ExclusionReason, str] = {
    "auto_reply": "automatic reply",
    "delivery_report": "delivery report that gives nobody up",
    "exclude_pattern": "matches the exclude pattern",
    "unknown_sender": "from nobody who was asked",
    "unauthenticated": "not authenticated",
    "answered_before": "answered before",
}


class Progress:
    """Shows a wait while it runs; terminals see a table, files and pipes a line for each event."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: set[str] = set()
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def show(self, progress: WaitResult) -> None:
        """Bring the display up to date."""
        if self._live:
            self._live.update(tables(progress), refresh=True)
            return
        for line in _events(progress):
            if line not in self._told:
                say(self._console, line)
                self._told.add(line)


async def followed(wait: StartedWait[W], console: Console, *, refresh_seconds: float) -> W:
    """The result; until it is there the console shows the progress."""
    result = asyncio.create_task(wait.result())
    try:
        with Progress(console) as display:
            while not result.done():
                display.show(await wait.progress())
                await asyncio.wait((result,), timeout=refresh_seconds)
            display.show(await result)
    finally:
        result.cancel()
    return result.result()


def tables(wait: WaitResult) -> Group:
    """Who answered what, and what does not count."""
    return Group(_answers(wait), *((_excluded(wait),) if wait.excluded else ()))


def say(console: Console, sentence: str) -> None:
    """Print a line as it is: addresses and commands are there to be copied."""
    console.print(sentence, soft_wrap=True, markup=False, highlight=False)


def _answers(wait: WaitResult) -> Table:
    table = Table("Recipient", "State", "Answer", title="Answers", title_justify="left")
    for response in wait.responses:
        table.add_row(response.recipient, response.state, Text(_answer(response)))
    return table


def _answer(response: Response) -> str:
    return response.bounce.diagnostic if response.bounce else response.content or ""


def _excluded(wait: WaitResult) -> Table:
    table = Table("From", "Why", title="Excluded", title_justify="left")
    for one in wait.excluded:
        table.add_row(Text(one.sender), REASONS[one.reason])
    return table


def _events(wait: WaitResult) -> Iterator[str]:
    for one in wait.excluded:
        yield f"Excluded, from {one.sender}: {REASONS[one.reason]}."
    for response in wait.responses:
        if response.state != "pending":
            yield f"{response.recipient} {response.state}: {' '.join(_answer(response).split())}"
