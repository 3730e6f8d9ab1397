"""The way to Temporal, as its own CLI is configured."""

from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from client.errors import TemporalUnavailable

# Where its CLI looks, too, when nobody says where it is.
_HERE = "localhost:7233"


async def connected(**options: Any) -> Client:
    """A client of the Temporal that environment or profile name; raises TemporalUnavailable."""
    found: dict[str, Any] = {"target_host": _HERE, **ClientConfig.load_client_connect_config(), **options}
    try:
        return await Client.connect(**found)
    except RuntimeError as error:  # the SDK's name for every way in which a connection can fail
        raise TemporalUnavailable(f"Temporal at {found['target_host']} cannot be reached: {error}") from error
