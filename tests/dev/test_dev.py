"""`make dev` keeps everything running, and keeps what it knew when it is started again."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client

from client import MailClient
from dev.mail_server import EmbeddedMail
from models.send_and_wait import SendEmailAndWaitRequest
from plugin import mail_plugin
from tests.dev.conftest import Send, processes_of

pytestmark = pytest.mark.usefixtures("usual_ports")

# On a machine under load; alone it takes three, and ten more where a killed worker must be missed.
SECONDS = 90

QUESTION = SendEmailAndWaitRequest.model_validate(
    {
        "case_id": "7",
        "alert_group_identifiers": ["sign-in"],
        "recipients": "dave@lab.test",
        "subject": "Was it you?",
        "content": "Was it?",
        "wait_stage_timeout_minutes": 60,
    }
)


class Dev:
    """A running `python -m dev` and the commands it has printed."""

    def __init__(self, process: Process, output: str) -> None:
        self.process = process
        self._commands = re.findall(r"^  (\S.*)$", output, re.MULTILINE)
        self._address = str(re.findall(r"gRPC +│ (\S+)", output)[0])
        ports = {name: int(port) for name, port in re.findall(r"(SMTP|IMAP), no TLS +│ [\d.]+:(\d+)", output)}
        self.dave = EmbeddedMail({"dave": "dave"}, ports=ports).account("dave")

    async def paste(self, words: str) -> str:
        """Run the one printed command that holds these words, as a person would."""
        (command,) = (one for one in self._commands if words in one)
        shell = await asyncio.create_subprocess_shell(command, stdout=PIPE, stderr=PIPE)
        output, errors = await asyncio.wait_for(shell.communicate(), SECONDS)
        assert shell.returncode == 0, (command, output, errors)
        return output.decode()

    async def client(self) -> MailClient:
        """A client of its Temporal."""
        return MailClient(await Client.connect(self._address, plugins=[mail_plugin()]))

    async def end(self, number: signal.Signals) -> int:
        """End it by a signal; the exit code."""
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), SECONDS)


@asynccontextmanager
async def started(home: Path) -> AsyncGenerator[Dev, None]:
    """`make dev` with its state in a folder."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "dev", "--home", str(home), stdout=PIPE)
    try:
        assert process.stdout
        output = await asyncio.wait_for(process.stdout.readuntil(b"Everything runs"), SECONDS)
        yield Dev(process, output.decode())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_the_commands_can_be_pasted(tmp_path: Path) -> None:
    """Each command that is printed does what is said of it."""
    async with started(tmp_path) as dev:
        assert "status" in await dev.paste("execute --type Ping")
        assert "Sent to 1 recipient." in await dev.paste("--type SendEmail ")
        assert '"status":"replied"' in await dev.paste("--type WaitForEmailFromUser")
        assert "question" in await dev.paste("--type SendEmailAndWait")
        assert "dave@lab.test" in await dev.paste("--type progress")
        assert "the analyst" in await dev.paste("record_reply")
        assert "4 of 4 recipients replied." in await dev.paste("workflow result")
        assert "runId" in await dev.paste("curl")
        assert await dev.end(signal.SIGINT) == 0
    assert processes_of(str(tmp_path)) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_wait_survives_a_restart(tmp_path: Path, send: Send, number: signal.Signals) -> None:
    """Whoever has not answered when everything ends may answer after it is started again."""
    async with started(tmp_path) as dev:
        message_id = await _asked(await dev.client())
        await dev.end(number)
    async with started(tmp_path) as dev:
        answer = f"From: dave@lab.test\r\nIn-Reply-To: {message_id}\r\n\r\nIt was me.\r\n"
        assert (await asyncio.to_thread(send, dev.dave, "soc@lab.test", answer.encode()))[0] == 250
        wait = (await dev.client()).send_email_and_wait.get("question")
        result = await asyncio.wait_for(wait.result(), SECONDS)
        assert [one.content for one in result.responses] == ["It was me."]


async def _asked(mail: MailClient) -> str:
    """The Message-ID of a question to dave, once it has been sent."""
    wait = await mail.send_email_and_wait.start(QUESTION, workflow_id="question")
    async with asyncio.timeout(SECONDS):
        while (sent := (await wait.progress()).sent) is None:
            pass
    return sent.message_id or ""


async def test_it_runs_once(tmp_path: Path) -> None:
    """A second one on the same folder says why it does not start."""
    async with started(tmp_path):
        second = await asyncio.create_subprocess_exec(sys.executable, "-m", "dev", "--home", str(tmp_path), stderr=PIPE)
        _, errors = await asyncio.wait_for(second.communicate(), SECONDS)
        assert (second.returncode, errors.decode()) == (1, f"{tmp_path} is in use: `make dev` is running already.\n")
