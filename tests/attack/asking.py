"""Actions asked for by name, as a stranger with access to Temporal would."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from tests.live.desk import CASE, PATIENCE_SECONDS, Desk


async def ask(desk: Desk, action: str, **arguments: Any) -> Any:
    """What an action answers, as JSON."""
    handle = await desk.temporal.start_workflow(action, CASE | arguments, id=desk.new_id(), task_queue=desk.name)
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await handle.result()


async def refusal(desk: Desk, action: str, **arguments: Any) -> ApplicationError:
    """How an action fails; that it fails, and soon, is part of the test."""
    with pytest.raises(WorkflowFailureError) as caught:
        await ask(desk, action, **arguments)
    assert isinstance(caught.value.cause, ApplicationError)
    return caught.value.cause


async def refusals(desk: Desk, requests: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """How each of these actions fails, asked for side by side, by the name of the attack."""
    failures = await asyncio.gather(*(refusal(desk, action, **given) for action, given in requests.values()))
    return dict(zip(requests, (one.type or "" for one in failures), strict=True))
