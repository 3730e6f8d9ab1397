"""The waits of a task queue, whoever has started them."""

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from client.action import StartedWait
from client.errors import UnknownAction
from models.send_and_wait import SendEmailAndWaitResult
from models.wait import WaitResult
from workflows.send_and_wait import SendEmailAndWait
from workflows.wait import WaitForEmailFromUser

RESULTS: dict[str, type[WaitResult]] = {
    SendEmailAndWait.__name__: SendEmailAndWaitResult,
    WaitForEmailFromUser.__name__: WaitResult,
}


class Waits:
    """Finds waits: those that are open, or one by its id."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def open(self, limit: int) -> list[StartedWait[WaitResult]]:
        """The newest open waits, at most so many; Temporal lists one that has just begun after a moment."""
        types = ", ".join(f"'{name}'" for name in RESULTS)
        queue = self._task_queue.replace("'", "''")
        criteria = f"WorkflowType IN ({types}) AND ExecutionStatus = 'Running' AND TaskQueue = '{queue}'"
        found = self._client.list_workflows(criteria, limit=limit)
        return [self._wait(one.id, RESULTS[one.workflow_type]) async for one in found]

    async def get(self, workflow_id: str) -> StartedWait[WaitResult]:
        """The wait with this id, open or ended; raises UnknownAction."""
        return self._wait(workflow_id, RESULTS[(await self._described(workflow_id)).workflow_type])

    async def known(self, workflow_id: str) -> WaitResult:
        """What the wait with this id has come to, or knows so far; raises ClientError where it failed."""
        found = await self._described(workflow_id)
        wait = self._wait(workflow_id, RESULTS[found.workflow_type])
        is_open = found.status is WorkflowExecutionStatus.RUNNING
        return await (wait.progress() if is_open else wait.result())

    async def _described(self, workflow_id: str) -> WorkflowExecutionDescription:
        try:
            found = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise UnknownAction(f"no wait has the id {workflow_id!r}") from error
        if found.workflow_type not in RESULTS:
            raise UnknownAction(f"{workflow_id!r} is a {found.workflow_type}, not a wait")
        return found

    def _wait(self, workflow_id: str, result: type[WaitResult]) -> StartedWait[WaitResult]:
        return StartedWait(self._client.get_workflow_handle(workflow_id, result_type=result), result)
