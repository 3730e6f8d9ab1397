"""A case for each test of workflows."""

import uuid
from collections.abc import AsyncGenerator

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from tests.workflows.crew import crew
from tests.workflows.post import Post, manned
from tests.workflows.story import Story


@pytest_asyncio.fixture(loop_scope="session")
async def story(skipping: WorkflowEnvironment) -> AsyncGenerator[Story, None]:
    """A case in a time that passes at once; nobody watches, the test tells waits of their mail."""
    case = Story(skipping, f"story-{uuid.uuid4()}")
    async with crew(case.client, case.task_queue, case.mailbox, case.outbox):
        yield case
        await case.end()


@pytest_asyncio.fixture(loop_scope="session")
async def post(temporal: WorkflowEnvironment) -> AsyncGenerator[Post, None]:
    """A folder that is watched in real time."""
    async with manned(Post(temporal)) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def skipped(skipping: WorkflowEnvironment) -> AsyncGenerator[Post, None]:
    """A folder in a time that passes at once while nobody listens."""
    async with manned(Post(skipping)) as one:
        yield one
