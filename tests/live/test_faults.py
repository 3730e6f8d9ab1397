"""Workers that die and servers that go away while people are being waited for."""

import asyncio
import smtplib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from temporalio.client import Client

from client import StartedWait
from dev.lab import Lab, User
from dev.worker_process import WorkerProcess, environment, settings_file
from models.send import SendEmailResult
from models.wait import WaitResult
from tests.live.answers import reply
from tests.live.desk import Desk, eventually, eventually_told, result_of
from tests.live.test_idle import registered, start_waits
from tests.live.test_send import ID
from workflows.ids import watch_id

pytestmark = pytest.mark.live

WAITS = 50
StartWorker = Callable[[Desk], WorkerProcess]


@pytest.fixture
def start_worker(temporal_address: str, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts worker programs for a desk, and kills those that are left."""
    with ExitStack() as running:

        def start(desk: Desk) -> WorkerProcess:
            file = settings_file(tmp_path, desk.name, desk.lab.account(desk.name))
            process = WorkerProcess(tmp_path, environment(MAIL_CONFIG=file, TEMPORAL_ADDRESS=temporal_address))
            running.callback(process.kill)
            return process

        yield start


@pytest.fixture
def bare_desk(lab: Lab, lab_user: User, temporal: Client) -> Desk:
    """A desk that nobody serves yet."""
    return Desk(lab, lab_user, temporal)


def answer_to(desk: Desk, sent: SendEmailResult, sender: User, index: int) -> bytes:
    """The answer to the letter of one of many waits."""
    return reply(sent, sender, f"Answer {index}.", In_Reply_To=f"<{desk.name}.{index}@lab.test>", To=desk.user.address)


async def assert_each_has_its_answer(desk: Desk, waits: list[StartedWait[WaitResult]]) -> None:
    """All are complete, each with its own answer, which was read once."""
    results = await asyncio.gather(*map(result_of, waits))
    assert [result.status for result in results] == ["replied"] * len(waits)
    assert [result.responses[0].content for result in results] == [f"Answer {i}." for i in range(len(waits))]
    assert [await reads(desk.temporal, wait.id) for wait in waits] == [1] * len(waits)


async def reads(temporal: Client, workflow_id: str) -> int:
    """How often a wait has read a message."""
    history = await temporal.get_workflow_handle(workflow_id).fetch_history()
    scheduled = [event.activity_task_scheduled_event_attributes.activity_type.name for event in history.events]
    return scheduled.count("wait.read_reply")


async def test_killed_workers_lose_nothing(bare_desk: Desk, alice: User, start_worker: StartWorker) -> None:
    """Fifty people answer while the worker is dead; the next one finds every answer."""
    worker = start_worker(bare_desk)
    sent = await bare_desk.send(alice, **ID)
    waits = await start_waits(bare_desk, sent, WAITS)
    await registered(bare_desk, WAITS)
    worker.kill()
    for index in range(WAITS):
        bare_desk.answer(answer_to(bare_desk, sent, alice, index))
    start_worker(bare_desk)
    await assert_each_has_its_answer(bare_desk, waits)


async def test_a_worker_that_is_told_to_stop_hands_over_at_once(
    bare_desk: Desk, alice: User, start_worker: StartWorker
) -> None:
    """An answer that comes right after is seen by the other worker within seconds."""
    first = start_worker(bare_desk)
    sent = await bare_desk.send(alice, **ID)
    (wait,) = await start_waits(bare_desk, sent, 1)
    await registered(bare_desk, 1)
    start_worker(bare_desk)
    await eventually(lambda: first.log.read_text().count("serving task queue") == 2)  # they write into one log
    first.terminate()
    began = time.monotonic()
    bare_desk.answer(answer_to(bare_desk, sent, alice, 0))
    await assert_each_has_its_answer(bare_desk, [wait])
    assert time.monotonic() - began < 5
    assert first.exit_code() == 0


async def test_a_mail_server_that_was_away_loses_nothing(start_worker: StartWorker, temporal: Client) -> None:
    """Answers that were written meanwhile count, whether they came before the watch was back or after."""
    with Lab() as lab:
        alice = lab.add_user("alice")
        desk = Desk(lab, lab.add_user("absent"), temporal)
        start_worker(desk)
        sent = await desk.send(alice, **ID)
        waits = await start_waits(desk, sent, WAITS)
        await registered(desk, WAITS)
        lab.stop_imap()
        await asyncio.to_thread(submit, desk, alice, [answer_to(desk, sent, alice, index) for index in range(WAITS)])
        await watch_has_failed(desk)
        lab.start_imap()
        await assert_each_has_its_answer(desk, waits)


def submit(desk: Desk, sender: User, letters: list[bytes]) -> None:
    """Hand letters in; Exim keeps them until Dovecot is back."""
    server = desk.lab.account(sender.name).smtp
    assert server
    with smtplib.SMTP(server.host, desk.lab.ports["SMTP"], local_hostname="test.lab.test") as smtp:
        smtp.login(sender.name, sender.password)
        for letter in letters:
            smtp.sendmail(sender.address, desk.user.address, letter)


async def watch_has_failed(desk: Desk) -> None:
    """Wait until the watch has found out that its server is gone."""
    watch = desk.temporal.get_workflow_handle(watch_id(desk.name, "INBOX"))

    async def failed() -> bool:
        return any(one.attempt > 1 for one in (await watch.describe()).raw_description.pending_activities)

    await eventually_told(failed)
