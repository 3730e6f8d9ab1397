"""One folder, its watch, and whoever registers."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from client.watches import TemporalWatches
from models.wait import MessagePointer
from models.watch import Arrival, Cursor, Registration
from tests.workflows.crew import crew
from tests.workflows.fakes import ACCOUNT, UID_VALIDITY, Mailbox, Outbox
from workflows.ids import watch_id
from workflows.watch import MailboxWatch

PATIENCE_SECONDS = 30


class Post:
    """One folder, its watch, and whoever registers."""

    def __init__(self, env: WorkflowEnvironment) -> None:
        self.env = env
        self.queue = f"watch-{uuid.uuid4()}"
        self.folder = f"folder-{uuid.uuid4()}"
        self.mailbox = Mailbox()
        self.watches = TemporalWatches(env.client, self.queue)

    @property
    def id(self) -> str:
        return watch_id(ACCOUNT, self.folder)

    @property
    def handle(self) -> WorkflowHandle[MailboxWatch, None]:
        return self.env.client.get_workflow_handle_for(MailboxWatch.run, self.id)

    async def register(self, wait_id: str, *keys: str, until: datetime | None = None, again: bool = False) -> None:
        """A wait asks to be told, for the first time or again."""
        registration = Registration(
            wait_id=wait_id,
            keys=keys or (f"key of {wait_id}",),
            since=datetime.now(UTC),
            until=until or await self.env.get_current_time() + timedelta(days=2),
            cursor=Cursor(uid_validity=UID_VALIDITY, uid_next=1),
        )
        enter = self.watches.renew if again else self.watches.register
        await enter(ACCOUNT, self.folder, registration)

    async def waits(self) -> tuple[str, ...]:
        """Who is registered."""
        return await self.handle.query(MailboxWatch.waits)

    async def run_id(self) -> str | None:
        """Which run the watch has come to."""
        return (await self.handle.describe()).run_id

    async def concerned(self, *keys: str) -> list[str]:
        """Whom a message with these keys concerns."""
        return [concern.wait_id for concern in await self.watches.concerned(self.id, [arrival(*keys)])]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Until something has happened in this process."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110 what is waited for happens in another thread's server
                await asyncio.sleep(0.01)

    async def ends(self) -> None:
        """The watch comes to its end by itself."""
        await asyncio.wait_for(self.handle.result(), PATIENCE_SECONDS)


def arrival(*keys: str) -> Arrival:
    """A new message with these keys."""
    return Arrival(pointer=MessagePointer(folder="INBOX", uid_validity=UID_VALIDITY, uid=1), keys=keys)


@asynccontextmanager
async def manned(post: Post) -> AsyncGenerator[Post, None]:
    """With its workers; nothing is left open."""
    async with crew(post.env.client, post.queue, post.mailbox, Outbox(), watching=True):
        yield post
        with suppress(RPCError):  # most have ended
            await post.handle.terminate()
