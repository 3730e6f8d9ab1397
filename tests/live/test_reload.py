"""A worker process reads its settings again on SIGHUP: a corrected password needs no restart, and no wait is lost."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from dev.lab import Lab, User
from dev.lab.ports import HOST, Ports
from dev.worker_process import WorkerProcess, environment, settings_file
from tests.live.answers import reply
from tests.live.desk import Desk, eventually, eventually_told, result_of
from tests.live.test_credentials import is_deaf
from tests.live.test_idle import registered, start_waits
from tests.live.test_send import ID

pytestmark = pytest.mark.live

# A hundred are tested in one process (test_credentials.py); for Temporal they are all one signal each.
WAITS = 20
# By itself a watch that was refused asks again after a minute.
AT_ONCE_SECONDS = 40
FAILURES = r'^mail_authentication_failures_total{{account="{}",protocol="imap"}} (\d+)$'


class Operated:
    """A worker process, its settings file, its figures and its log."""

    def __init__(self, lab: Lab, user: User, folder: Path, temporal_address: str, port: int) -> None:
        self._metrics = f"{HOST}:{port}"
        self._name = user.name
        self.settings = settings_file(folder, user.name, lab.account(user.name))
        variables = environment(
            MAIL_CONFIG=self.settings, TEMPORAL_ADDRESS=temporal_address, MAIL_METRICS__LISTEN=self._metrics
        )
        self.process = WorkerProcess(folder, variables)

    def says(self, words: str) -> int:
        """How many lines of the log hold these words."""
        return sum(words in line for line in self.process.log.read_text().splitlines())

    async def reload(self, said: str) -> None:
        """Have it read its settings again; returns when it has said what came of it."""
        before = self.says(said)
        self.process.reload()
        await eventually(lambda: self.says(said) > before)

    def correct(self, password: str) -> None:
        """Write the password where the settings say that it stands."""
        for protocol in ("smtp", "imap"):
            (self.settings.parent / f"{protocol}.password").write_text(password)

    async def refused_log_ins(self) -> int:
        """What Prometheus would see."""
        async with httpx.AsyncClient() as http:
            exported = (await http.get(f"http://{self._metrics}/metrics")).text
        found = re.search(FAILURES.format(self._name), exported, re.MULTILINE)
        return int(found[1]) if found else 0


@pytest.fixture
def operated(lab: Lab, lab_user: User, tmp_path: Path, temporal_address: str) -> Iterator[Operated]:
    """A worker that serves one account."""
    with closing(Ports(("PROMETHEUS",))) as ports:
        operated = Operated(lab, lab_user, tmp_path, temporal_address, ports["PROMETHEUS"])
        yield operated
        operated.process.kill()


@pytest.fixture
def desk(lab: Lab, lab_user: User, temporal: Client, operated: Operated) -> Desk:  # noqa: ARG001 it serves the desk
    """The desk that this worker serves."""
    return Desk(lab, lab_user, temporal)


async def test_a_changed_password_harms_no_wait(desk: Desk, operated: Operated, lab: Lab, alice: User) -> None:
    """One alert while it is wrong; corrected and signalled, all waits go on and all come to their answers."""
    sent = await desk.send(alice, **ID)
    waits = await start_waits(desk, sent, WAITS)
    await registered(desk, WAITS)
    lab.change_password(desk.name, "another one")
    lab.hang_up(desk.name)
    await eventually_told(lambda: is_deaf(desk))
    assert await operated.refused_log_ins() == 1
    assert operated.says("AuthenticationFailed") == 1
    for index in range(WAITS):
        desk.answer(reply(sent, alice, "Yes.", In_Reply_To=f"<{desk.name}.{index}@lab.test>"))
    operated.correct("another one")
    await operated.reload(f"settings reloaded; changed accounts: {desk.name}")
    async with asyncio.timeout(AT_ONCE_SECONDS):
        results = await asyncio.gather(*map(result_of, waits))
    assert [one.responses[0].content for one in results] == ["Yes."] * WAITS
