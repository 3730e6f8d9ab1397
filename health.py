"""python health.py: whether the worker of this machine polls its task queue; the exit code tells.

A container's health check runs it; Kubernetes asks /healthz and /readyz instead.
"""

import asyncio
import socket
import sys

from client.connection import connected
from client.errors import TemporalUnavailable
from configuration import SettingsError
from observation.readiness import on_host, polls
from settings import Settings


async def main() -> int:
    """Ask the Temporal that the worker is configured for."""
    try:
        async with connected() as client:
            alive = await polls(client, Settings.load().task_queue, on_host(socket.gethostname()))
    except (SettingsError, TemporalUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
