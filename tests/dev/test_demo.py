"""`make demo` shows the main job, and says so when it went wrong."""

import io
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from rich.console import Console

from dev.demo.__main__ import demo
from dev.demo.question import ANSWERS, PEOPLE
from dev.people import AtOnce
from tests.dev.conftest import Eventually, processes_of

ROWS = (
    "│ alice@lab.test │ replied │ Yes, that was me. I am at the conference. │",
    "│ bob@lab.test   │ replied │ No. I have not left the house today!      │",
    "│ carol@lab.test │ replied │ Yes, I have a new phone.                  │",
    "│ bob@lab.test │ automatic reply │",
)


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    """The demo as its own process, its output a pipe."""
    command = [sys.executable, "-W", "error", "-m", "dev.demo"]
    environment = {**os.environ, "MAIL_ACCOUNTS__OTHER__ADDRESS": "x@example.org"}
    with subprocess.Popen(command, env=environment, text=True, stdout=-1, stderr=-1) as process:  # noqa: S603
        yield process
        process.kill()


def test_everyone_answers(program: subprocess.Popen[str]) -> None:
    """The exit code is 0, the tables say who answered what; settings of an installation do not matter."""
    output, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (0, "")
    assert [row for row in ROWS if row not in output] == []
    assert "Excluded, from bob@lab.test: automatic reply.\n" in output
    assert "bob@lab.test replied: No. I have not left the house today!\n" in output


def ui_knows(link: str) -> bool:
    """Whether the UI can show the workflow; it needs a second to connect to its server (503 until then)."""
    address = urlsplit(link)
    workflow = address.path.rsplit("/", 2)[0]
    try:
        with urllib.request.urlopen(f"http://{address.netloc}/api/v1{workflow}", timeout=10) as answer:
            return b"SendEmailAndWait" in answer.read()
    except HTTPError as error:
        error.close()
        return False


def test_the_link_works_and_ctrl_c_ends_in_order(program: subprocess.Popen[str], eventually: Eventually) -> None:
    """The UI knows the workflow while the demo runs; nothing stays behind an interrupted one."""
    assert program.stdout
    link = next(found[0] for line in program.stdout if (found := re.search(r"http\S+/history", line)))
    eventually(lambda: ui_knows(link))
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (130, "")
    assert processes_of(f"--ui-port {urlsplit(link).port} ") == []


async def test_a_wrong_answer_is_a_failure() -> None:
    """The exit code is not 0, and a sentence says what should have come."""
    people = [AtOnce("alice", "Who are you?"), *(AtOnce(one.name, one.answer) for one in PEOPLE[1:])]
    console = Console(file=io.StringIO(), width=200)
    assert await demo(console, people) == 1
    assert isinstance(console.file, io.StringIO)
    output = console.file.getvalue()
    assert f"The answer of alice is 'Who are you?', not {ANSWERS['alice']!r}." in output
    assert "Excluded is [], not the automatic reply of bob alone." in output
