"""Whether a worker is alive, and whether it asks Temporal for work.

No mail server is asked: a worker is not ill because a mail server is, and a probe that logs in with a wrong password
every minute would lock the account.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from observation.endpoint import serving
from observation.settings import Health

# A poll lasts a minute and is counted from its start; Temporal forgets who has not polled for five.
RECENT = timedelta(seconds=90)
# Kubernetes asks every ten seconds, as a rule.
PATIENCE = timedelta(seconds=5)

# Whether a poller of this identity is meant.
Whose = Callable[[str], bool]


async def polls(client: Client, task_queue: str, whose: Whose) -> bool:
    """Whether such a worker has lately asked Temporal for activities of this queue."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        ),
        timeout=PATIENCE,
    )
    return any(whose(poller.identity) and _is_recent(poller) for poller in answer.pollers)


def on_host(host: str) -> Whose:
    """Any worker of this machine: the SDK's identity of a worker is its process's number and its host."""
    return lambda identity: identity.partition("@")[2] == host


def _is_recent(poller: PollerInfo) -> bool:
    return datetime.now(UTC) - poller.last_access_time.ToDatetime(UTC) < RECENT


class Desk:
    """Answers those who ask after this worker."""

    def __init__(self, client: Client, task_queues: Sequence[str]) -> None:
        self._client = client
        self._task_queues = task_queues

    async def alive(self, _: Request) -> Response:
        """Whoever reads this has been answered by the worker's own loop."""
        return JSONResponse({"status": "alive"})

    async def ready(self, _: Request) -> Response:
        """Temporal is there, and knows this worker on every queue."""
        try:
            polled = {queue: await polls(self._client, queue, self._is_us) for queue in self._task_queues}
        except RPCError as error:
            return JSONResponse({"status": "not ready", "temporal": error.message}, 503)
        ready = all(polled.values())
        return JSONResponse({"status": "ready" if ready else "not ready", "polls": polled}, 200 if ready else 503)

    def _is_us(self, identity: str) -> bool:
        return identity == self._client.identity


def health_application(client: Client, task_queues: Sequence[str]) -> Starlette:
    """What Kubernetes may ask."""
    desk = Desk(client, task_queues)
    return Starlette(routes=[Route("/healthz", desk.alive), Route("/readyz", desk.ready)])


@asynccontextmanager
async def answering(health: Health, client: Client, task_queues: Sequence[str]) -> AsyncGenerator[None, None]:
    """Answer /healthz and /readyz while the block runs, if the settings say where."""
    if not health.listen:
        yield
        return
    async with serving(health_application(client, task_queues), health.listen, "health.listen"):
        yield
