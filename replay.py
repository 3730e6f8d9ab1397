"""python replay.py: whether every open workflow goes on under this code; the exit code tells.

Run it with the new code before the new workers: it reads histories from Temporal and changes nothing.
"""

import asyncio
import sys

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Replayer

from client.connection import connected
from client.errors import TemporalUnavailable
from configuration import SettingsError
from encryption import Encryption
from plugin import mail_plugin
from settings import Settings


async def played(client: Client, task_queue: str, encryption: Encryption) -> dict[str, Exception | None]:
    """The open workflows of this queue, and how it shows that one decides otherwise now."""
    ours = client.list_workflows(f"ExecutionStatus = 'Running' AND TaskQueue = '{task_queue}'")
    replayer = Replayer(workflows=[], plugins=[mail_plugin(encryption)])
    async with replayer.workflow_replay_iterator(ours.map_histories()) as replayed:
        return {one.history.workflow_id: one.replay_failure async for one in replayed}


async def main() -> int:
    """Ask the Temporal that the worker is configured for."""
    try:
        settings = Settings.load()
        async with connected(plugins=[mail_plugin(settings.encryption)]) as client:
            outcomes = await played(client, settings.task_queue, settings.encryption)
    except (SettingsError, TemporalUnavailable, RPCError) as error:
        print(error, file=sys.stderr)
        return 2
    failures = {workflow_id: failure for workflow_id, failure in outcomes.items() if failure}
    for workflow_id, failure in failures.items():
        print(f"{workflow_id}: {failure}")
    print(f"{len(outcomes)} open workflows of task queue {settings.task_queue!r}, {len(failures)} would not go on")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
