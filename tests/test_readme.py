"""The README does what it says: its commands run, its JSON is the examples'."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from dev.demo.question import DOMAIN, PEOPLE
from dev.lab.ports import Ports
from dev.mail_server import EmbeddedMail
from dev.parts import ASKER, running
from dev.people import Person
from dev.temporal import USUAL_PORTS, TemporalServer, temporal_program

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND_SECONDS = 60
USERS = (ASKER, *(person.name for person in PEOPLE))


def blocks(language: str) -> list[str]:
    """The code of this language in the README."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@asynccontextmanager
async def parts(people: Sequence[Person] = ()) -> AsyncGenerator[TemporalServer, None]:
    """All that `make dev` runs, on ports of its own."""
    with closing(Ports(tuple(USUAL_PORTS))) as ports:
        server = TemporalServer(ports)
        mail = EmbeddedMail({name: name for name in USERS}, domain=DOMAIN)
        async with running(server, mail, people):
            yield server


async def run(temporal: TemporalServer, *command: str) -> str:
    """Run a command as somebody at a shell does; its output."""
    path = f"{Path(temporal_program()).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "TEMPORAL_ADDRESS": temporal.address, "PYTHONPATH": str(ROOT)}
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


async def test_the_commands_for_temporals_cli_work() -> None:
    """Somebody pastes them one after the other."""
    (commands,) = [block for block in blocks("bash") if "temporal" in block.split()[0]]
    async with parts() as temporal:
        printed = await run(temporal, "bash", "-euo", "pipefail", "-c", commands)
    assert '"status":"stopped"' in re.sub(r"\s", "", printed)
    assert "the case is closed" in printed


async def test_the_commands_for_a_terminal_work() -> None:
    """Somebody pastes them one after the other."""
    (commands,) = [block for block in blocks("bash") if block.startswith(".venv/bin/python -m client")]
    async with parts() as temporal:
        here = commands.replace(".venv/bin/python", shlex.quote(sys.executable))
        printed = await run(temporal, "bash", "-euo", "pipefail", "-c", here)
    result = json.loads(printed[printed.rindex("\n{\n") :])
    assert [one["content"] for one in result["responses"]] == ["Yes, that was me."]


async def test_the_commands_for_plain_http_work() -> None:
    """Where nothing but curl is at hand."""
    (commands,) = [block for block in blocks("bash") if block.startswith("curl")]
    async with parts() as temporal:
        here = commands.replace("http://localhost:7243/api/v1/namespaces/default", temporal.http)
        start, follow = re.split(r"\n(?=curl)", here)
        started = await run(temporal, "bash", "-c", start)
        ended = await run(temporal, "bash", "-c", follow)
    assert "runId" in started
    assert "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED" in ended


async def test_the_soar_action_works() -> None:
    """Fifteen lines, and the analyst sees who answered what."""
    (script,) = blocks("python")
    async with parts(PEOPLE) as temporal:
        printed = await run(temporal, sys.executable, "-c", script)
    assert printed.startswith("alice@lab.test replied ")


def test_the_json_is_that_of_the_example() -> None:
    """What one reads is what runs."""
    (quoted,) = blocks("json")
    assert json.loads(quoted) == json.loads((ROOT / "examples" / "SendEmailAndWait.json").read_text(encoding="utf-8"))


def test_every_link_leads_somewhere() -> None:
    """Pages that are promised are there."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
