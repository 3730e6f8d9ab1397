"""`make serve`: a newcomer's way from a mailbox of one's own to the first answer, as the README has it."""

import asyncio
import re
import shlex
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dev.demo.question import DOMAIN
from dev.mail_server import EmbeddedMail
from dev.people import AtOnce, People

pytestmark = pytest.mark.usefixtures("usual_ports")

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# On a machine under load; alone it takes five.
SECONDS = 90
MAIL_TOML = """
[accounts.own]
address = "{address}"
{server}
"""


@pytest.fixture
async def mail() -> AsyncGenerator[EmbeddedMail, None]:
    """A mail server with a mailbox of one's own, and Alice, who answers at once."""
    async with EmbeddedMail({"own": "own-password", "alice": "alice"}, domain=DOMAIN) as mail:
        mail.on_mail.append(People([AtOnce("alice", "Yes, it works.")], mail, f"own@{DOMAIN}").read)
        yield mail


def commands() -> list[str]:
    """What a newcomer types."""
    (section,) = re.findall(r"^## With a mailbox of your own\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\$ (.*?)(?: +#.*)?$", section, re.MULTILINE)


def mail_toml(folder: Path, mail: EmbeddedMail, password: str) -> Path:
    """What a newcomer writes."""
    servers = "\n".join(
        f'[accounts.own.{one}]\nhost = "{mail.host}"\nport = {mail.ports[one.upper()]}\nsecurity = "none"\n'
        f'username = "own"\npassword = "{password}"'
        for one in ("smtp", "imap")
    )
    file = folder / "mail.toml"
    file.write_text(MAIL_TOML.format(address=f"own@{mail.domain}", server=servers))
    return file


@asynccontextmanager
async def serving(folder: Path, mail_toml: Path) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """What `make serve` runs."""
    recipe = re.findall(r"^serve:.*\n\t\$\(BIN\)/python (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    words = (sys.executable, *shlex.split(recipe[0]), "--home", str(folder / "home"))
    env = {"MAIL_CONFIG": str(mail_toml), "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(*words, cwd=folder, env=env, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_the_first_wait_on_a_mailbox_of_ones_own(tmp_path: Path, mail: EmbeddedMail) -> None:
    """Two commands, and the answer is there; Ctrl-C ends it in order."""
    serve, ask = commands()
    assert serve == "make serve"
    async with asyncio.timeout(SECONDS), serving(tmp_path, mail_toml(tmp_path, mail, "own-password")) as process:
        assert process.stdout
        assert process.stderr
        said = (await process.stdout.readuntil(b"Ctrl-C")).decode()
        env = {"TEMPORAL_ADDRESS": re.findall(r"Temporal: ([\d.]+:\d+),", said)[0], "PYTHONPATH": str(ROOT)}
        await process.stderr.readuntil(b"serving task queue")
        _, *words = shlex.split(ask.replace("you@example.org", f"alice@{mail.domain}"))
        asked = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=tmp_path, env=env, stdout=PIPE)
        answered, _ = await asked.communicate()
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    assert asked.returncode == 0
    assert "Yes, it works." in answered.decode()


async def test_a_wrong_password_is_told_before_anything_runs(tmp_path: Path, mail: EmbeddedMail) -> None:
    """With the server's words, and no Temporal is started for it."""
    async with asyncio.timeout(SECONDS), serving(tmp_path, mail_toml(tmp_path, mail, "wrong")) as process:
        said, _ = await process.communicate()
    assert process.returncode == 1
    assert b"AuthenticationFailed" in said
    assert b"Ctrl-C" not in said
