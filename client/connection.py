"""The way to Temporal, as its own CLI is configured."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from client.errors import TemporalUnavailable

# Where its CLI looks, too, when nobody says where it is.
_HERE = "localhost:7233"
# A client that is torn down with its loop can abort the process (sdk-python 300), and so can one that never connected.
_PARTING_SECONDS = 0.01


@asynccontextmanager
async def connected(**options: Any) -> AsyncGenerator[Client, None]:
    """A client of the Temporal that environment or profile name; raises TemporalUnavailable."""
    try:
        yield await _connect(options)
    finally:
        await asyncio.sleep(_PARTING_SECONDS)


async def _connect(options: dict[str, Any]) -> Client:
    try:
        found: dict[str, Any] = {"target_host": _HERE, **ClientConfig.load_client_connect_config(), **options}
    except (RuntimeError, ValueError) as error:  # no such profile, a file that is no TOML
        raise TemporalUnavailable(f"Temporal's settings cannot be used: {error}") from error
    try:
        client = await Client.connect(**found)
    except (RuntimeError, ValueError) as error:  # the SDK's names for every way in which a connection can fail
        raise TemporalUnavailable(f"Temporal at {found['target_host']} cannot be reached: {error}") from error
    await _check_namespace(client)
    return client


async def _check_namespace(client: Client) -> None:
    """Said at once, instead of by whatever is asked first; who may not ask is not held up."""
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise TemporalUnavailable(f"Temporal has no namespace {client.namespace!r}") from error
