"""python health.py: whether the worker of this machine polls its task queue; the exit code tells.

A container's health check runs it. It asks Temporal and no mail server: a ping that logs in with a wrong password
every minute would lock the account.
"""

import asyncio
import socket
import sys
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from settings import Settings

# A poll lasts a minute and is counted from its start; Temporal forgets who has not polled for five.
RECENT = timedelta(seconds=90)


async def polls(client: Client, task_queue: str, host: str) -> bool:
    """Whether a worker on this host has lately asked Temporal for work."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    return any(_is_ours(poller, host) for poller in answer.pollers)


def _is_ours(poller: PollerInfo, host: str) -> bool:
    # The SDK's identity of a worker is its process's number and its host.
    ours = poller.identity.partition("@")[2] == host
    return ours and datetime.now(UTC) - poller.last_access_time.ToDatetime(UTC) < RECENT


async def main() -> int:
    """Ask the Temporal that the worker is configured for."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    alive = await polls(client, Settings.load().task_queue, socket.gethostname())
    await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
