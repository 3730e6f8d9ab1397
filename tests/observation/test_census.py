"""Who waits is asked of the watches themselves, so that every worker knows it."""

import uuid

from temporalio.testing import WorkflowEnvironment

from client.watches import TemporalWatches
from mail.metrics import OPEN_WAITS, Meter
from observation.census import Census
from tests.live.desk import eventually_told
from tests.mail.test_metrics import Figures
from tests.workflows.crew import crew
from tests.workflows.story import ALICE, BOB, Story
from workflows.ids import watch_id


async def test_open_waits_are_counted_by_folder(temporal: WorkflowEnvironment) -> None:
    """Nobody is left when the last wait has ended, and with it its watch."""
    story, figures = Story(temporal, f"o'census-{uuid.uuid4()}"), Figures()
    census = Census(TemporalWatches(temporal.client, story.task_queue), Meter(figures))

    async def two() -> bool:
        await census.take()
        return figures.of(OPEN_WAITS) == {"INBOX": 2}

    async with crew(temporal.client, story.task_queue, story.mailbox, story.outbox, watching=True):
        waits = [await story.wait(ALICE), await story.wait(BOB)]
        await eventually_told(two)
        for wait in waits:
            await wait.signal("stop_waiting", "seen enough")
        await temporal.client.get_workflow_handle(watch_id("soc", "INBOX")).result()
        await census.take()
        assert figures.of(OPEN_WAITS) == {}
        await story.end()
