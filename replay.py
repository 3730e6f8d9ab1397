"""python replay.py: whether every open workflow goes on under this code; the exit code tells.

Run it with the new code before the new workers: it reads histories from Temporal and changes nothing.
"""

import asyncio
import sys

from temporalio.client import Client
from temporalio.worker import Replayer

from client.connection import connected
from client.errors import TemporalUnavailable
from configuration import SettingsError
from encryption import Encryption
from plugin import mail_plugin
from settings import Settings


async def stuck(client: Client, task_queue: str, encryption: Encryption) -> dict[str, Exception]:
    """The open workflows of this queue that decide otherwise now, and how that shows."""
    ours = client.list_workflows(f"ExecutionStatus = 'Running' AND TaskQueue = '{task_queue}'")
    replayer = Replayer(workflows=[], plugins=[mail_plugin(encryption)])
    async with replayer.workflow_replay_iterator(ours.map_histories()) as replayed:
        return {one.history.workflow_id: one.replay_failure async for one in replayed if one.replay_failure}


async def main() -> int:
    """Ask the Temporal that the worker is configured for."""
    try:
        settings = Settings.load()
        async with connected(plugins=[mail_plugin(settings.encryption)]) as client:
            failures = await stuck(client, settings.task_queue, settings.encryption)
    except (SettingsError, TemporalUnavailable) as error:
        print(error, file=sys.stderr)
        return 2
    for workflow_id, failure in failures.items():
        print(f"{workflow_id}: {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
