"""A wait whose history grows long goes on in a new run, and nobody notices."""

import uuid
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from models.wait import ExtendDeadline, RecordReply, WaitResult
from tests.temporal import dev_server
from tests.workflows.crew import crew
from tests.workflows.story import ALICE, BOB, CAROL, Story, reasons, states, update
from tests.workflows.test_late_replies import listening

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def short() -> AsyncGenerator[Story, None]:
    """A case on a server that wants histories short."""
    async with dev_server("limit.historyCount.suggestContinueAsNew=25") as env:
        case = Story(env, f"short-{uuid.uuid4()}")
        async with crew(case.client, case.task_queue, case.mailbox, case.outbox, watching=True):
            yield case
            await case.end()


async def test_everything_a_wait_knows_goes_along(short: Story) -> None:
    """Answers, exclusions, the deadline, what was sent, and what has been seen."""
    wait = await short.send_and_wait(ALICE, BOB, CAROL, wait_for_all_recipients_to_reply=True)
    first = (await wait.describe()).run_id
    extended = await update(wait, "extend_deadline", ExtendDeadline(minutes=30), result=dict[str, Any])
    absence = await short.receive(ALICE, kind="auto_reply")
    await short.point(wait, absence)
    await short.progress(wait, lambda progress: reasons(progress) == ["auto_reply"])
    await update(wait, "record_reply", RecordReply(recipient=BOB, content="Not me.", by="Sam"), result=dict[str, Any])
    await short.answer(wait, ALICE, "It was me.")
    await short.progress(wait, lambda progress: states(progress)[ALICE] == "replied")
    await short.point(wait, absence)
    assert short.client.get_workflow_handle(wait.id).run_id is None
    assert (await short.client.get_workflow_handle(wait.id).describe()).run_id != first
    await short.answer(wait, CAROL, "Nor me.")
    result = await wait.result()
    assert [one.content for one in result.responses] == ["It was me.", "Not me.", "Nor me."]
    assert (result.status, reasons(result)) == ("replied", ["auto_reply"])
    assert result.deadline.isoformat().replace("+00:00", "Z") == extended["deadline"]
    assert result.sent
    assert len(short.outbox.deliveries) == 1


async def test_a_reminder_that_was_sent_is_not_sent_again(short: Story) -> None:
    """And answers to it still count."""
    wait = await short.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    first = (await wait.describe()).run_id
    for count in (1, 2, 3):
        await update(wait, "remind", result=WaitResult)
        await short.eventually(_delivered(short, count))
    await short.progress(wait, lambda _: True)
    await short.answer(wait, ALICE)
    await short.progress(wait, lambda progress: states(progress)[ALICE] == "replied")
    assert (await short.client.get_workflow_handle(wait.id).describe()).run_id != first
    await short.answer(wait, BOB)
    assert (await wait.result()).status == "replied"
    assert len(short.outbox.deliveries) == 3
    assert len(set(short.mailbox.reads[-1].letter.message_ids)) == 4


@pytest.mark.parametrize("minutes_left", [30, -30])
async def test_a_flood_is_read_in_portions(short: Story, minutes_left: int) -> None:
    """However many messages lie there, before the deadline or after it: no history grows without end."""
    begun = await short.now() + timedelta(minutes=minutes_left - 60)
    for number in range(15):
        await short.receive(ALICE, message_id=f"<away-{number}@example.org>", kind="auto_reply", arrived=begun)
    await short.receive(ALICE, arrived=begun)
    wait = await short.wait(ALICE, email_date=begun)
    result = await wait.result()
    assert (result.status, len(result.excluded)) == ("replied", 15)
    last_run = short.client.get_workflow_handle(wait.id)
    assert (await last_run.describe()).history_length < 60


async def test_a_flood_after_the_end_is_read_in_portions(short: Story) -> None:
    """What has been told before goes along."""
    for number in range(15):
        await short.receive(ALICE, message_id=f"<away-{number}@example.org>", kind="auto_reply")
    await short.receive(ALICE, "Sorry, I was away.")
    late = await listening(short)
    assert [one.content for one in (await late.result()).replies] == ["Sorry, I was away."]
    assert (await short.client.get_workflow_handle(late.id).describe()).history_length < 60


def _delivered(story: Story, count: int) -> Callable[[], bool]:
    return lambda: len(story.outbox.deliveries) == count
