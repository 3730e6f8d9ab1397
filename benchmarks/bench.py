"""A mailbox on Dovecot, a Temporal server and a worker: what the benchmarks measure."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.client import Client

from client import MailClient, StartedWait
from dev.lab import Lab
from dev.lab.ports import Ports
from dev.parts import OwnSettings
from dev.temporal import USUAL_PORTS, TemporalServer
from mail.account import Account
from models.wait import WaitForEmailFromUserRequest, WaitResult
from plugin import mail_plugin
from worker import accounts_of, workers_of
from workflows.ids import watch_id
from workflows.watch import MailboxWatch

# The account, its mailbox and its task queue.
NAME = "bench"
# As many as a SOAR would start side by side.
AT_ONCE = 50
PAUSE_SECONDS = 0.05

ANSWER = """From: alice@lab.test\r
To: bench@lab.test\r
Subject: Re: Question\r
Message-ID: <answer-{name}@lab.test>\r
In-Reply-To: <{name}@lab.test>\r
\r
Yes.\r
"""


@dataclass(frozen=True)
class Bench:
    """All parts, running."""

    lab: Lab
    temporal: Client

    @classmethod
    @asynccontextmanager
    async def running(cls, **others: Account) -> AsyncGenerator["Bench"]:
        """Start all parts and end them; the worker serves the other accounts, too."""
        async with AsyncExitStack() as parts:
            lab = parts.enter_context(Lab(rawlog=True))
            server = parts.enter_context(TemporalServer(Ports(tuple(USUAL_PORTS))))
            client = await Client.connect(server.address, plugins=[mail_plugin()])
            settings = OwnSettings(accounts={NAME: lab.account(NAME), **others}, default_account=NAME, task_queue=NAME)
            accounts = accounts_of(settings)
            parts.push_async_callback(accounts.close)
            for worker in workers_of(client, settings, accounts):
                await parts.enter_async_context(worker)
            yield cls(lab, client)

    async def start_waits(self, names: list[str]) -> list[StartedWait[WaitResult]]:
        """A wait for each of these letters; all are registered with the watch when this returns."""
        before, places = await self.registered(), asyncio.Semaphore(AT_ONCE)
        mail = MailClient(self.temporal, NAME)

        async def start(name: str) -> StartedWait[WaitResult]:
            async with places:
                return await mail.wait_for_email_from_user.start(_request(name), workflow_id=name)

        waits = await asyncio.gather(*map(start, names))
        while await self.registered() < before + len(names):  # noqa: ASYNC110 a query tells no news by itself
            await asyncio.sleep(PAUSE_SECONDS)
        return waits

    async def registered(self) -> int:
        """How many waits the watch of the mailbox knows."""
        watch = self.temporal.get_workflow_handle(watch_id(NAME, "INBOX"))
        if not [one async for one in self.temporal.list_workflows(f"WorkflowId = '{watch.id}'")]:
            return 0
        return len(await watch.query(MailboxWatch.waits))

    async def answer(self, name: str) -> None:
        """Deliver the answer to one of the letters; returns when Dovecot has it."""
        await asyncio.to_thread(self.lab.deliver, NAME, ANSWER.format(name=name).encode())


def _request(name: str) -> WaitForEmailFromUserRequest:
    return WaitForEmailFromUserRequest.model_validate(
        {
            "case_id": NAME,
            "alert_group_identifiers": [NAME],
            "email_message_id": f"<{name}@lab.test>",
            "email_date": datetime.now(UTC),
            "email_recipients": "alice@lab.test",
            "wait_stage_timeout_minutes": 60,
        }
    )
