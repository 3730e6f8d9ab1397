"""Waits at a terminal: what a person types, and what a program reads."""

import asyncio
import io
import json
import sys
import uuid
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import pytest
import pytest_asyncio
from rich.console import Console
from temporalio.testing import WorkflowEnvironment

from client import ActionCancelled, ActionFailed, MailClient, TemporalUnavailable, UnknownAction, terminal
from client.terminal import parser, run
from tests.live.desk import eventually_told
from tests.workflows.crew import crew
from tests.workflows.fakes import Mailbox, Outbox
from tests.workflows.story import ALICE, BOB

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMIT_SECONDS = 30


class Screen:
    """A terminal of one task queue."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self._asked: list[str] = []

    async def told(self, *words: str) -> str:
        """What a person reads."""
        console = Console(file=io.StringIO(), width=160)
        await run(parser().parse_args(["--task-queue", self.queue, *words]), console)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    async def read(self, *words: str) -> Any:
        """What a program reads."""
        return json.loads(await self.told("--json", *words))

    async def ask(self, *words: str) -> str:
        """Ask both; the wait's id."""
        asked = await self.read("ask", f"{ALICE}, {BOB}", "Was it you?", "Yes or no?", "--detach", *words)
        self._asked.append(str(asked["id"]))
        return self._asked[-1]

    async def end(self) -> None:
        """Leave no wait open: its watch would be that of other tests, and nobody would serve it."""
        for wait in self._asked:
            with suppress(UnknownAction):
                await self.told("stop", wait)


@pytest_asyncio.fixture(loop_scope="session")
async def screen(temporal: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Screen, None]:
    """A terminal, and a worker behind it whose mail does what the test says."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.client.service_client.config.target_host)
    queue = f"terminal-{uuid.uuid4()}"
    async with crew(temporal.client, queue, Mailbox(), Outbox(), watching=True):
        screen = Screen(queue)
        yield screen
        await screen.end()


async def test_a_wait_is_looked_after(screen: Screen) -> None:
    """Asked, looked at, extended, reminded, answered by telephone, stopped."""
    wait = await screen.ask("--case", str(uuid.uuid4()))
    before = await screen.read("show", wait)
    assert [one["state"] for one in before["responses"]] == ["pending", "pending"]
    assert (await screen.read("extend", wait, "30"))["deadline"] > before["deadline"]
    assert "pending" in await screen.told("remind", wait, "Please!")
    assert "It was me." in await screen.told("record", wait, ALICE, "It was me.", "--by", "Sam")
    assert "case closed" in await screen.told("stop", wait, "case closed")


async def test_open_waits_are_listed(screen: Screen) -> None:
    """With who is still awaited; those that have ended are not."""
    ended, still = [await screen.ask("--id", f"{uuid.uuid4()}") for _ in range(2)]
    await screen.told("record", still, ALICE, "Yes.", "--by", "Sam")
    await screen.told("stop", ended)

    async def only_one_is_open() -> bool:
        return [one["id"] for one in await screen.read("list")] == [still]

    await eventually_told(only_one_is_open)  # Temporal lists with some delay
    (row,) = [line for line in (await screen.told("list")).splitlines() if still in line]
    assert "1 of 2" in row
    assert BOB in row
    assert ALICE not in row


async def test_nobody_awaited_is_said(screen: Screen) -> None:
    """An empty list is none."""
    assert await screen.told("list") == "Nobody is awaited.\n"
    assert await screen.read("list") == []


async def test_a_wait_is_followed_to_its_end(screen: Screen) -> None:
    """Whoever asks and stays sees who answered."""
    name = str(uuid.uuid4())
    asking = asyncio.create_task(screen.told("ask", ALICE, "Was it you?", "Yes or no?", "--id", name))
    async with asyncio.timeout(LIMIT_SECONDS), MailClient.connect(screen.queue) as mail:
        while True:
            try:
                await mail.send_email_and_wait.get(name).record_reply(ALICE, "It was me.", by="Sam")
            except UnknownAction:  # it has not been started yet
                await asyncio.sleep(0.02)
            else:
                break
        told = await asking
    assert f"{ALICE} replied: It was me." in told
    assert "1 of 1 recipient replied." in told


async def test_what_is_refused_is_told(screen: Screen) -> None:
    """By the wait, or because there is none of this name."""
    wait = await screen.ask("--id", str(uuid.uuid4()))
    with pytest.raises(ActionFailed, match=r"recipient: 'eve@x\.test' is none of those awaited"):
        await screen.told("record", wait, "eve@x.test", "No.")
    with pytest.raises(UnknownAction, match="no wait has the id 'nobody'"):
        await screen.told("show", "nobody")


async def test_a_wait_that_has_ended_shows_how(screen: Screen) -> None:
    """Temporal would go on telling what it knew last: that somebody is awaited."""
    wait = await screen.ask("--id", str(uuid.uuid4()))
    await screen.told("stop", wait, "case closed")
    assert (await screen.read("show", wait))["status"] == "stopped"
    async with MailClient.connect(screen.queue) as mail:
        cancelled = await mail.waits.get(await screen.ask("--id", str(uuid.uuid4())))
        await cancelled.cancel()
        for how in (cancelled.result(), screen.told("show", cancelled.id)):
            with pytest.raises(ActionCancelled):
                await how


@pytest.mark.usefixtures("screen")
async def test_nobody_hangs_where_no_worker_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person at the terminal is told so, whatever was asked for."""
    monkeypatch.setattr(terminal, "PATIENCE_SECONDS", 0.3)
    unserved = Screen(f"nobody-{uuid.uuid4()}")
    wait = await unserved.ask("--id", str(uuid.uuid4()))
    for words in (("show", wait), ("extend", wait, "5"), ("remind", wait), ("stop", wait)):
        with pytest.raises(terminal.Unanswered, match="no worker answers"):
            await unserved.told(*words)


async def test_the_same_question_may_be_asked_again(screen: Screen) -> None:
    """A person who types it twice means it."""
    assert await screen.ask() != await screen.ask()


async def test_json_may_be_asked_for_last() -> None:
    """As most people type it."""
    assert parser().parse_args(["list", "--json"]).json
    assert parser().parse_args(["--json", "list"]).json
    assert not parser().parse_args(["list"]).json


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TEMPORAL_PROFILE", "nope", "Temporal's settings cannot be used: Profile 'nope' not found"),
        ("TEMPORAL_ADDRESS", "localhost:99999", "Temporal at localhost:99999 cannot be reached"),
        ("TEMPORAL_NAMESPACE", "nope", "Temporal has no namespace 'nope'"),
    ],
)
async def test_wrong_settings_of_temporal_are_told(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """In a sentence that names them."""
    monkeypatch.setenv(name, value)
    with pytest.raises(TemporalUnavailable, match=said):
        await screen.told("list")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list", "--limit", "0"), 2, "it must be 1 or more"),
        (("show", "nobody"), 1, "no wait has the id 'nobody'"),
        (("ask", "alice", "Was it you?", "Yes or no?"), 2, "recipients.0: "),
        (("extend", "x", "soon"), 2, "invalid int value: 'soon'"),
    ],
)
async def test_the_exit_code_tells(screen: Screen, words: tuple[str, ...], code: int, said: str) -> None:
    """1 = it was not done, 2 = it was not understood; one line says why, and nothing is printed for programs."""
    command = [sys.executable, "-m", "client", "--json", "--task-queue", screen.queue, *words]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    output, errors = await asyncio.wait_for(process.communicate(), LIMIT_SECONDS)
    assert (process.returncode, output) == (code, b"")
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()
