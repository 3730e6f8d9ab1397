"""A container is healthy while its worker asks Temporal for work."""

import asyncio
import socket

from temporalio.client import Client

from observation.readiness import on_host, polls
from tests.test_readme import parts

# A worker asks for work within a second of its start.
SECONDS = 10


async def test_a_worker_that_polls_is_healthy() -> None:
    """Others' workers and other queues do not count."""
    async with parts() as temporal:
        client = await Client.connect(temporal.address)
        here = socket.gethostname()
        async with asyncio.timeout(SECONDS):
            while not await polls(client, "mail", on_host(here)):  # noqa: ASYNC110 it happens in the server
                await asyncio.sleep(0.05)
        assert not await polls(client, "mail", on_host(f"not-{here}"))
        assert not await polls(client, "nobody-serves-this", on_host(here))
