"""Real servers on all sides: Temporal, Dovecot and Exim; a desk of its own for each test."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Protocol

import pytest
from temporalio.client import Client

from dev.lab import Lab, User
from dev.lab.ports import Ports
from dev.parts import OwnSettings
from dev.temporal import USUAL_PORTS, TemporalServer
from mail.account import Account
from mail.policy import Policy
from plugin import mail_plugin
from settings import Storage
from tests.live.desk import Desk
from worker import accounts_of, workers_of

Change = Callable[[Account], Account]
USUAL = Policy()
NO_STORAGE = Storage()


def unchanged(account: Account) -> Account:
    """The account as it is."""
    return account


class OpenDesk(Protocol):
    """Opens a desk whose account differs from the usual one."""

    async def __call__(
        self, user: User | None = None, *, change: Change = ..., policy: Policy = ..., storage: Storage = ...
    ) -> Desk: ...


@pytest.fixture(scope="session")
def temporal_address() -> Iterator[str]:
    """One Temporal dev server for the whole run."""
    ports = Ports(tuple(USUAL_PORTS))
    with TemporalServer(ports) as server:
        yield server.address
    ports.close()


@pytest.fixture
async def temporal(temporal_address: str) -> Client:
    """A client of that server."""
    return await Client.connect(temporal_address, plugins=[mail_plugin()])


@pytest.fixture
async def open_desk(lab: Lab, temporal: Client) -> AsyncIterator[OpenDesk]:
    """Opens desks, each with a worker in this process, and closes them at the end."""
    async with AsyncExitStack() as running:

        async def start(
            user: User | None = None,
            *,
            change: Change = unchanged,
            policy: Policy = USUAL,
            storage: Storage = NO_STORAGE,
        ) -> Desk:
            user = user or lab.add_user()
            account = change(lab.account(user.name))
            settings = OwnSettings(accounts={user.name: account}, task_queue=user.name, policy=policy, storage=storage)
            accounts = accounts_of(settings)
            running.push_async_callback(accounts.close)
            for worker in workers_of(temporal, settings, accounts):
                await running.enter_async_context(worker)
            return Desk(lab, user, temporal)

        yield start


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """A desk with the usual settings."""
    return await open_desk()


@pytest.fixture
def alice(new_user: Callable[[], User]) -> User:
    """Somebody who gets letters."""
    return new_user()


@pytest.fixture
def bob(new_user: Callable[[], User]) -> User:
    """Somebody else who gets letters."""
    return new_user()
