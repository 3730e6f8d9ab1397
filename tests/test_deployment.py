"""Roll-outs: watches move to the new workers when Temporal is told to, as docs/upgrading.md says."""

import asyncio
import re
import subprocess
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import ValidationError
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from client import MailClient, StartedWait
from dev.mail_server import EmbeddedMail
from dev.parts import OwnSettings
from encryption import Encryption
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult
from replay import played
from settings import Deployment
from tests.live.desk import eventually, eventually_told, result_of, until
from tests.temporal import binary, dev_server
from worker import HAND_OVER_SECONDS, accounts_of, workers_of
from workflows.ids import watch_id

PAGE = (Path(__file__).parents[1] / "docs" / "upgrading.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^temporal worker .*", PAGE, re.MULTILINE)
FIRST = [one.replace("--build-id 2", "--build-id 1") for one in COMMANDS if "set-current-version" in one]
QUEUE = "rolled-out"
QUESTION = {
    "case_id": "4711",
    "alert_group_identifiers": "group-1",
    "subject": "Question",
    "content": "Is it you?",
    "wait_stage_timeout_minutes": "60",
}


@workflow.defn(name="Ping", sandboxed=False)
class FormerPing:
    """A ping of another time, which slept first."""

    @workflow.run
    async def run(self) -> None:
        """Sleep."""
        await workflow.sleep(timedelta(hours=1))


async def sleeps(former: WorkflowHandle[FormerPing, None]) -> bool:
    """Whether it sleeps by now."""
    history = await former.fetch_history()
    return any(event.event_type == EventType.EVENT_TYPE_TIMER_STARTED for event in history.events)


class RollOut:
    """A mail server, a Temporal, and workers that come and go; each version has a build id."""

    def __init__(self, mail: EmbeddedMail, temporal: Client) -> None:
        self._mail, self.temporal = mail, temporal
        self._workers: dict[str, AsyncExitStack] = {}
        self.watch = temporal.get_workflow_handle(watch_id(QUEUE, "INBOX"))

    async def start(self, build_id: str) -> None:
        """Start the workers of a version; the empty one is none of Temporal's."""
        deployment = Deployment(name="mail", build_id=build_id) if build_id else None
        settings = OwnSettings(accounts={QUEUE: self._mail.account("soc")}, task_queue=QUEUE, deployment=deployment)
        accounts = accounts_of(settings)
        workers = self._workers[build_id] = AsyncExitStack()
        workers.push_async_callback(accounts.close)
        actions, listening = workers_of(self.temporal, settings, accounts)
        await workers.enter_async_context(actions)
        workers.push_async_callback(asyncio.sleep, HAND_OVER_SECONDS)  # as the program itself does
        await workers.enter_async_context(listening)

    async def stop(self, build_id: str) -> None:
        """Stop the workers of a version."""
        await self._workers.pop(build_id).aclose()

    async def stop_all(self) -> None:
        """Stop whoever still works."""
        for build_id in tuple(self._workers):
            await self.stop(build_id)

    async def ask(self) -> StartedWait[SendEmailAndWaitResult]:
        """A question to Alice that is out, in a folder that is watched."""
        question = SendEmailAndWaitRequest.model_validate(QUESTION | {"recipients": "alice@lab.test"})
        wait = await MailClient(self.temporal, QUEUE).send_email_and_wait.start(question)
        await until(wait, lambda progress: progress.sent)
        await self.watched_by("")
        return wait

    async def watched_by(self, build_id: str) -> None:
        """Wait until workers of this version take the watch's steps, and one of them listens."""
        await eventually_told(lambda: self._is_watched_by(build_id))

    async def _is_watched_by(self, build_id: str) -> bool:
        described = (await self.watch.describe()).raw_description
        version = described.workflow_execution_info.versioning_info.deployment_version.build_id
        return version == build_id and any(one.HasField("last_heartbeat_time") for one in described.pending_activities)

    async def tell_temporal(self, command: str) -> None:
        """Run a command of Temporal's CLI until it succeeds: new workers are known after a moment."""
        words = (
            binary("temporal"),
            *command.split()[1:],
            "--address",
            self.temporal.service_client.config.target_host,
        )
        await eventually(lambda: subprocess.run(words, capture_output=True, check=False).returncode == 0)  # noqa: S603

    async def answer(self) -> None:
        """Alice says yes."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = "alice@lab.test", "soc@lab.test", "Re: Question"
        letter["Message-ID"], letter["In-Reply-To"] = "<answer@lab.test>", await self._question()
        letter.set_content("Yes.")
        await self._mail.deliver("soc", letter.as_bytes())

    async def _question(self) -> str:
        (raw,) = await self._mail.messages("alice")
        return message_from_bytes(raw)["Message-ID"]


@pytest.fixture
async def roll_out(embedded: EmbeddedMail) -> AsyncGenerator[RollOut, None]:
    """A server that has never heard of a version; nobody works yet."""
    async with dev_server() as env, AsyncExitStack() as workers:
        roll_out = RollOut(embedded, env.client)
        workers.push_async_callback(roll_out.stop_all)
        yield roll_out


async def test_a_wait_moves_from_version_to_version(roll_out: RollOut) -> None:
    """From workers that Temporal knows no version of to the first, and by the commands of the page to the second."""
    await roll_out.start("")
    wait = await roll_out.ask()
    for old, new, commands in (("", "1", FIRST), ("1", "2", COMMANDS)):
        await roll_out.start(new)
        for command in commands:
            await roll_out.tell_temporal(command)
        await roll_out.stop(old)
        await roll_out.watched_by(new)
    await roll_out.answer()
    assert (await result_of(wait)).responses[0].content == "Yes."


async def test_a_name_that_temporal_cannot_take_is_refused() -> None:
    """Before a worker polls in vain."""
    with pytest.raises(ValidationError, match="name"):
        Deployment(name="soc.mail", build_id="1")


async def test_open_waits_are_replayed_before_a_roll_out(roll_out: RollOut) -> None:
    """Waits of today go on; a workflow that began otherwise is named."""
    await roll_out.start("")
    wait = await roll_out.ask()
    plain = await Client.connect(roll_out.temporal.service_client.config.target_host)
    async with Worker(plain, task_queue="elsewhere", workflows=[FormerPing]):
        former = await plain.start_workflow(FormerPing.run, id="former", task_queue="elsewhere")
        await eventually_told(lambda: sleeps(former))
    assert not any((await played(roll_out.temporal, QUEUE, Encryption())).values())
    assert (await played(roll_out.temporal, "elsewhere", Encryption()))["former"]
    await wait.stop_waiting("enough")
    await former.terminate()
