"""A Temporal server, parties with and without keys, and the codec server as a process."""

import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from encryption import Encryption
from plugin import mail_plugin
from tests.codec.process import CodecProcess
from tests.codec.ring import AFTER_ROTATION, ORIGIN
from tests.workflows.crew import crew
from tests.workflows.story import Story

Connect = Callable[[Encryption], Awaitable[Client]]


@pytest.fixture
def address(temporal: WorkflowEnvironment) -> str:
    """Where Temporal is."""
    return temporal.client.service_client.config.target_host


@pytest.fixture
def connect(address: str) -> Connect:
    """Connects a party that has these keys."""

    async def connected(encryption: Encryption) -> Client:
        return await Client.connect(address, plugins=[mail_plugin(encryption)])

    return connected


@pytest_asyncio.fixture(loop_scope="session")
async def secret(temporal: WorkflowEnvironment, connect: Connect) -> AsyncGenerator[Story, None]:
    """A case whose histories are encrypted."""
    case = Story(temporal, f"secret-{uuid.uuid4()}")
    case.client = await connect(AFTER_ROTATION)
    async with crew(case.client, case.task_queue, case.mailbox, case.outbox, watching=True):
        yield case
        await case.end()


@pytest.fixture(scope="session")
def codec_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodecProcess]:
    """`python worker.py codec-server`."""
    with CodecProcess(tmp_path_factory.mktemp("codec-server"), ORIGIN) as running:
        yield running
