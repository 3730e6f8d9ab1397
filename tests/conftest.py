"""The servers of the tests: real ones for the whole run, embedded ones for a single test."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from dev.lab import Lab, User, lab_missing
from dev.mail_server import EmbeddedMail
from tests.servers import leave_out
from tests.temporal import dev_server, time_skipping


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Dovecot and Exim; tests that stop them start a Lab of their own."""
    if reason := lab_missing():
        leave_out(reason)
    with Lab(rawlog=True) as running:
        yield running


@pytest.fixture
def new_user(lab: Lab) -> Callable[[], User]:
    """Makes users whose mailboxes no other test has seen."""
    return lab.add_user


@pytest.fixture
def lab_user(new_user: Callable[[], User]) -> User:
    """A user whose mailbox no other test has seen."""
    return new_user()


@pytest.fixture
async def embedded() -> AsyncIterator[EmbeddedMail]:
    """A mail server in this process, for one test."""
    users = {name: f"secret-{name}" for name in ("soc", "alice", "bob", "carol", "dave")}
    async with EmbeddedMail(users) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def skipping() -> AsyncGenerator[WorkflowEnvironment, None]:
    """A Temporal server that skips the time in which nothing happens."""
    async with time_skipping() as env:
        yield env


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal() -> AsyncGenerator[WorkflowEnvironment, None]:
    """A Temporal server as it is, in memory."""
    async with dev_server() as env:
        yield env
