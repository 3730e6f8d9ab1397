"""The way to Temporal, as its own CLI is configured."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from client.errors import TemporalUnavailable

# Where its CLI looks, too, when nobody says where it is.
_HERE = "localhost:7233"
# A client that is torn down with its loop can abort the process (sdk-python 300), and so can one that never connected.
_PARTING_SECONDS = 0.01


@asynccontextmanager
async def connected(**options: Any) -> AsyncGenerator[Client, None]:
    """A client of the Temporal that environment or profile name; raises TemporalUnavailable."""
    try:
        yield await _connect({"target_host": _HERE, **ClientConfig.load_client_connect_config(), **options})
    finally:
        await asyncio.sleep(_PARTING_SECONDS)


async def _connect(options: dict[str, Any]) -> Client:
    try:
        return await Client.connect(**options)
    except RuntimeError as error:  # the SDK's name for every way in which a connection can fail
        raise TemporalUnavailable(f"Temporal at {options['target_host']} cannot be reached: {error}") from error
