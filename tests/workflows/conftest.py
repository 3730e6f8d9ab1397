"""Temporal servers for all tests of workflows, and a case for each."""

import uuid
from collections.abc import AsyncGenerator

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.temporal import time_skipping
from tests.workflows.fakes import SendFakes, WaitFakes
from tests.workflows.story import Story


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def skipping() -> AsyncGenerator[WorkflowEnvironment, None]:
    """A server that skips the time in which nothing happens."""
    async with time_skipping() as env:
        yield env


@pytest_asyncio.fixture(loop_scope="session")
async def story(skipping: WorkflowEnvironment) -> AsyncGenerator[Story, None]:
    """A case in a time that passes at once."""
    case = Story(skipping, f"story-{uuid.uuid4()}")
    send, wait = SendFakes(case.outbox), WaitFakes(case.mailbox)
    activities = [send.prepare, send.deliver, send.file_copy, wait.look, wait.read_reply, wait.subject]
    async with Worker(case.client, task_queue=case.task_queue, activities=activities):
        yield case
        await case.end()
