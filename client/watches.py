"""The watches as Temporal keeps them: one workflow a folder, found by its id."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

from temporalio.client import Client, WorkflowExecution, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition, WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from models.watch import Arrival, Attendance, Concern, Registration, WatchState
from workflows.ids import watch_id
from workflows.waiting import Waiting
from workflows.watch import MailboxWatch

# A watch that cannot answer now is asked again when the next one asks.
_PATIENCE = timedelta(seconds=5)


class TemporalWatches:
    """Signals and queries that go to watches and to waits."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def register(self, account: str, folder: str, registration: Registration) -> None:
        """Have a wait told of new mail in this folder; begins the folder's watch where there is none."""
        await self._client.start_workflow(
            MailboxWatch.run,
            WatchState.begin(account, folder),
            id=watch_id(account, folder),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=MailboxWatch.register.__name__,
            start_signal_args=[registration],
            static_summary=f"{account}: {folder}",
        )

    async def renew(self, account: str, folder: str, registration: Registration) -> None:
        """Register unless the watch knows the wait as it is; asking leaves no event in its history."""
        watch = self._client.get_workflow_handle_for(MailboxWatch.run, watch_id(account, folder))
        try:
            known = await watch.query(MailboxWatch.knows, registration, reject_condition=QueryRejectCondition.NOT_OPEN)
        except (RPCError, WorkflowQueryRejectedError):
            known = False  # no watch, or one that has ended
        if not known:
            await self.register(account, folder, registration)

    async def concerned(self, watch_id: str, arrivals: Sequence[Arrival]) -> tuple[Concern, ...]:
        """Which waits these messages concern."""
        watch = self._client.get_workflow_handle_for(MailboxWatch.run, watch_id)
        return await watch.query(MailboxWatch.concerned, arrivals)

    async def attendances(self) -> AsyncGenerator[Attendance, None]:
        """How many wait, folder by folder; a watch that cannot tell is left out."""
        async for execution in self._open_watches():
            watch = self._client.get_workflow_handle_for(MailboxWatch.run, execution.id)
            try:
                yield await watch.query(
                    MailboxWatch.attendance, reject_condition=QueryRejectCondition.NOT_OPEN, rpc_timeout=_PATIENCE
                )
            except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
                continue

    async def resume(self, account: str) -> None:
        """Have the watches of an account whose settings have changed ask its server again, at once."""
        async for execution in self._open_watches():
            if execution.id.startswith(watch_id(account, "")):
                with suppress(RPCError):  # it has ended meanwhile
                    await self._client.get_workflow_handle_for(MailboxWatch.run, execution.id).signal(
                        MailboxWatch.resume
                    )

    def _open_watches(self) -> AsyncIterator[WorkflowExecution]:
        queue = self._task_queue.replace("'", "''")
        return self._client.list_workflows(
            f"WorkflowType = 'MailboxWatch' AND ExecutionStatus = 'Running' AND TaskQueue = '{queue}'"
        )

    async def point(self, concern: Concern) -> bool:
        """Tell a wait of its message; False when the wait has ended."""
        wait = self._client.get_workflow_handle(concern.wait_id)
        try:
            await wait.signal(Waiting.mail_arrived, concern.pointer)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def release(self, watch_id: str, wait_id: str) -> None:
        """Forget a wait."""
        watch = self._client.get_workflow_handle_for(MailboxWatch.run, watch_id)
        await watch.signal(MailboxWatch.release, wait_id)
