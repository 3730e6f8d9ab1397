"""Workflows are found by case, letter and state where Temporal has the attributes, and do without where it has not."""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType, IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, RemoveSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from client.search_attributes import TemporalSearchAttributes
from dev.temporal import temporal_program
from models.wait import LateReplyRoute, WaitResult
from tests.live.desk import eventually_told
from tests.temporal import dev_server
from tests.workflows.crew import crew
from tests.workflows.story import ALICE, BOB, AnyWorkflow, Story, update
from workflows.search_attributes import CASE_ID, MESSAGE_ID

pytestmark = pytest.mark.asyncio(loop_scope="session")

# As many keywords as a namespace of Temporal's SQL stores has room for.
MOST_KEYWORDS = 10
# Longer than an attribute holds, and each character twelve bytes of JSON.
LONG = "\N{FACE WITH TEARS OF JOY}" * 300


@pytest_asyncio.fixture(loop_scope="session")
async def story(temporal: WorkflowEnvironment) -> AsyncGenerator[Story, None]:
    """A case in a namespace that has the attributes."""
    await TemporalSearchAttributes(temporal.client).create()
    case = Story(temporal, f"found-{uuid.uuid4()}")
    case.mailbox.has_search_attributes = case.outbox.has_search_attributes = True
    async with crew(case.client, case.task_queue, case.mailbox, case.outbox, watching=True):
        yield case
        await case.end()


@pytest.fixture
def case_id() -> str:
    """A case that no other test has."""
    return str(uuid.uuid4())


async def listed(story: Story, query: str) -> list[str]:
    """What Temporal's CLI lists, once it lists anything: the list is a moment behind."""
    address = story.client.service_client.config.target_host

    async def ids() -> list[str]:
        words = ("workflow", "list", "--query", query, "--output", "json", "--address", address)
        process = await asyncio.create_subprocess_exec(temporal_program(), *words, stdout=asyncio.subprocess.PIPE)
        printed, _ = await process.communicate()
        assert process.returncode == 0
        return [one["execution"]["workflowId"] for one in json.loads(printed or "[]")]

    return await eventually_told(ids)


async def upserts(workflow: AnyWorkflow) -> int:
    """How many events the attributes have cost."""
    kind = EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
    return sum(event.event_type == kind for event in (await workflow.fetch_history()).events)


async def test_a_wait_is_found_by_case_letter_account_and_state(story: Story, case_id: str) -> None:
    """While it waits, and by what it came to; each state costs one event."""
    wait = await story.send_and_wait(ALICE, case_id=case_id)
    assert await listed(story, f'MailCaseId="{case_id}" AND MailState="waiting" AND MailAccount="soc"') == [wait.id]
    await story.answer(wait, ALICE)
    sent = (await wait.result()).sent
    assert sent
    assert await listed(story, f'MailMessageId="{sent.message_id}" AND MailState="replied"') == [wait.id]
    assert await upserts(wait) == 3


async def test_a_letter_is_found_by_its_case(story: Story, case_id: str) -> None:
    """It has no state: Temporal's own says it."""
    send = await story.send(ALICE, BOB, case_id=case_id)
    await send.result()
    assert await listed(story, f'MailCaseId="{case_id}"') == [send.id]
    assert await upserts(send) == 1


async def test_a_reminder_leads_to_its_wait_and_a_late_answer_to_its_case(story: Story, case_id: str) -> None:
    """What is sent later is found, too, and so is who listens after the deadline."""
    story.mailbox.late_replies = LateReplyRoute(to="case_note")
    wait = await story.wait(ALICE, case_id=case_id)
    await story.progress(wait, lambda progress: bool(progress.folders))
    await update(wait, "remind", result=WaitResult)
    await story.eventually(lambda: bool(story.outbox.filed))
    assert await listed(story, f'MailMessageId="{story.outbox.filed[0]}"') == [wait.id]
    old = await story.wait(ALICE, case_id=case_id, email_date=datetime(2026, 1, 1, tzinfo=UTC))
    await old.result()
    (late,) = await listed(story, f'MailCaseId="{case_id}" AND WorkflowType="LateReplies"')
    await story.client.get_workflow_handle(late).terminate()
    await wait.cancel()


async def test_what_is_too_long_is_cut(story: Story) -> None:
    """A wait that nobody finds is better than one that stands still."""
    letters = tuple(f"person{number}@example.org" for number in range(60))
    send = await story.send(*letters, case_id=LONG, one_letter_per_recipient=True)
    await asyncio.wait_for(send.result(), 30)
    known = (await send.describe()).typed_search_attributes
    assert LONG.startswith(known[CASE_ID])
    assert 10 < len(known[MESSAGE_ID]) < 60


async def test_what_no_database_takes_is_left_out(story: Story) -> None:
    """Whatever stands in the name of a case."""
    send = await story.send(ALICE, case_id="case\0\n1")
    await asyncio.wait_for(send.result(), 30)
    assert (await send.describe()).typed_search_attributes[CASE_ID] == "case1"


async def test_a_temporal_that_refuses_them_is_served_without(caplog: pytest.LogCaptureFixture) -> None:
    """One line in the log says so; where somebody makes them later, no restart is needed."""
    async with dev_server() as env:
        await _fill(env.client)
        caplog.set_level(logging.INFO, logger="worker")
        attributes = TemporalSearchAttributes(env.client, pause=0)
        await attributes.create()
        assert not await attributes.usable()
        await _make_room(env.client)
        await TemporalSearchAttributes(env.client).create()
        assert await attributes.usable()
    (line,) = [record.getMessage() for record in caplog.records if record.name == "worker"]
    assert line.startswith("workflows cannot be found by MailCaseId, MailMessageId, MailAccount, MailState: ")


async def test_who_does_not_want_them_does_not_get_them(temporal: WorkflowEnvironment) -> None:
    """However many the namespace has."""
    await TemporalSearchAttributes(temporal.client).create()
    assert await TemporalSearchAttributes(temporal.client).usable()
    assert not await TemporalSearchAttributes(temporal.client, wanted=False).usable()


async def _fill(client: Client) -> None:
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    others = {f"Other{number}": keyword for number in range(MOST_KEYWORDS)}
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=others)
    await client.operator_service.add_search_attributes(request)


async def _make_room(client: Client) -> None:
    others = [f"Other{number}" for number in range(MOST_KEYWORDS)]
    request = RemoveSearchAttributesRequest(namespace=client.namespace, search_attributes=others)
    await client.operator_service.remove_search_attributes(request)
