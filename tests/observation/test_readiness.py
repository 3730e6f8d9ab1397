"""Who may be sent work is asked of Temporal, not of mail servers."""

import httpx
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from observation.readiness import health_application
from tests.temporal import dev_server


async def answer(client: Client, path: str) -> tuple[int, str]:
    """What a worker with this client says whose queue nobody serves."""
    transport = httpx.ASGITransport(app=health_application(client, ["nobody-serves-this"]))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
        response = await http.get(path)
    return response.status_code, response.json()["status"]


async def test_a_worker_that_does_not_poll_is_alive_and_not_ready(temporal: WorkflowEnvironment) -> None:
    """It may be starting or stopping."""
    assert await answer(temporal.client, "/healthz") == (200, "alive")
    assert await answer(temporal.client, "/readyz") == (503, "not ready")


async def test_without_temporal_a_worker_is_alive_and_not_ready() -> None:
    """To restart it would not bring Temporal back."""
    async with dev_server() as env:
        client = env.client
    assert await answer(client, "/healthz") == (200, "alive")
    assert await answer(client, "/readyz") == (503, "not ready")
