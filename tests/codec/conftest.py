"""A Temporal server, parties with and without keys, and the codec server as a process."""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from dev.lab.ports import HOST, Ports
from encryption import Encryption
from plugin import mail_plugin
from tests.codec.ring import AFTER_ROTATION, KEYS, LAST_MONTH, ORIGIN, THIS_MONTH, TOKEN
from tests.workflows.crew import crew
from tests.workflows.story import Story

WORKER = Path(__file__).parents[2] / "worker.py"
PATIENCE_SECONDS = 20.0

Connect = Callable[[Encryption], Awaitable[Client]]


@pytest.fixture
def connect(temporal: WorkflowEnvironment) -> Connect:
    """Connects somebody who has these keys."""

    async def connect(encryption: Encryption) -> Client:
        address = temporal.client.service_client.config.target_host
        return await Client.connect(address, plugins=[mail_plugin(encryption)])

    return connect


@pytest_asyncio.fixture(loop_scope="session")
async def secret(temporal: WorkflowEnvironment, connect: Connect) -> AsyncGenerator[Story, None]:
    """A case whose histories are encrypted."""
    case = Story(temporal, f"secret-{uuid.uuid4()}")
    case.client = await connect(AFTER_ROTATION)
    async with crew(case.client, case.task_queue, case.mailbox, case.outbox, watching=True):
        yield case


@pytest.fixture(scope="session")
def codec_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """`python worker.py codec-server`: its address and its log."""
    home, ports = tmp_path_factory.mktemp("codec-server"), Ports(("HTTP",))
    settings = {
        "KEY_ID": THIS_MONTH,
        "KEYS__2026_11": KEYS[THIS_MONTH],
        "KEYS__2026_10": KEYS[LAST_MONTH],
        "CODEC_SERVER_TOKEN": TOKEN,
        "UI_ORIGINS": f"{ORIGIN}, http://localhost:1",
    }
    environment = {f"MAIL_ENCRYPTION__{name}": value for name, value in settings.items()}
    log = home / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-W", "error", WORKER, "codec-server", "--port", str(ports["HTTP"])],
            cwd=home, env={"PATH": os.environ["PATH"], **environment}, stdout=output, stderr=output,
        )
    try:
        _wait(ports["HTTP"])
        yield f"http://localhost:{ports['HTTP']}", log
    finally:
        server.terminate()
        assert server.wait(PATIENCE_SECONDS) == 0
        ports.close()
