"""Encrypted histories from end to end, on a real server."""

import asyncio
import base64
import re
import uuid
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from client import ActionFailed, MailClient
from codec import Undecipherable
from dev.temporal import temporal_program
from encryption import Encryption
from mail.errors import AuthenticationFailed
from models.send import SendEmailRequest
from models.send_and_wait import SendEmailAndWaitRequest
from models.wait import WaitResult
from tests.codec.conftest import Connect
from tests.codec.process import CodecProcess
from tests.codec.ring import AFTER_ROTATION, BEFORE_ROTATION, TOKEN
from tests.workflows.crew import crew
from tests.workflows.story import ALICE, BOB, CASE, AnyWorkflow, Story, states, update
from workflows.ids import watch_id
from workflows.waiting import Waiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A task that is tried again is tried again within a second.
LIMIT_SECONDS = 30
DATA = re.compile(r'"data": "([^"]*)"')
SUBJECT, CONTENT = "Nightly sign-in", "Have you been in Lisbon?"
LETTER = CASE | {"recipients": [ALICE, BOB], "subject": SUBJECT, "content": CONTENT}
ANSWER, BY_TELEPHONE = "Never in my life.", "That was me."
TOLD = (ALICE, BOB, SUBJECT, CONTENT, ANSWER, BY_TELEPHONE, "alert-1")


async def asked(story: Story) -> AnyWorkflow:
    """The flagship to its end, through the client: an answer by mail, one by telephone."""
    request = SendEmailAndWaitRequest.model_validate(
        LETTER | {"wait_stage_timeout_minutes": 60, "wait_for_all_recipients_to_reply": True}
    )
    mail = MailClient(story.client, story.task_queue)
    wait = await mail.send_email_and_wait.start(request, workflow_id=f"ask-{uuid.uuid4()}")
    handle: AnyWorkflow = story.client.get_workflow_handle(wait.id)
    await story.progress(handle, lambda progress: bool(progress.folders))
    await story.answer(handle, ALICE, ANSWER)
    await story.progress(handle, lambda progress: states(progress)[ALICE] == "replied")
    await wait.record_reply(BOB, BY_TELEPHONE, by="Sam")
    result = await wait.result()
    assert [one.content for one in result.responses] == [ANSWER, BY_TELEPHONE]
    return handle


def plaintext(history: WorkflowHistory) -> set[str]:
    """What is told and can be read in the bytes of a history."""
    raw = b"".join(event.SerializeToString() for event in history.events)
    return {words for words in TOLD if words.encode() in raw}


async def test_a_history_holds_nothing_of_what_was_written(secret: Story, temporal: WorkflowEnvironment) -> None:
    """Neither addresses nor words; nor do the watch, the summary, the memo, or what a query would answer."""
    wait = await asked(secret)
    for workflow_id in (wait.id, watch_id("soc", "INBOX")):
        outside = temporal.client.get_workflow_handle(workflow_id)
        history = await outside.fetch_history()
        assert len(history.events) > 5
        assert not plaintext(history)
    description = await temporal.client.get_workflow_handle(wait.id).describe()
    assert b"Nightly" not in description.raw_description.SerializeToString()
    assert (await wait.describe()).workflow_type == "SendEmailAndWait"
    seen = await wait.describe()
    assert "Nightly sign-in" in (await seen.static_summary() or "")
    assert await seen.memo() == {"case_id": CASE["case_id"], "action": "SendEmailAndWait"}
    encodings = {field.metadata["encoding"] for field in seen.raw_info.memo.fields.values()}
    assert encodings == {b"binary/encrypted"}


async def test_the_measure_finds_plaintext(temporal: WorkflowEnvironment) -> None:
    """The same without encryption: all of it stands there."""
    story = Story(temporal, f"open-{uuid.uuid4()}")
    async with crew(story.client, story.task_queue, story.mailbox, story.outbox, watching=True):
        wait = await asked(story)
    assert plaintext(await wait.fetch_history()) == set(TOLD)


async def test_a_failure_is_encrypted_and_told(secret: Story, temporal: WorkflowEnvironment) -> None:
    """Its type stays readable for searches, its words do not."""
    secret.outbox.delivery_trouble.error = AuthenticationFailed(f"{ALICE} may not log in")
    request = SendEmailRequest.model_validate(LETTER)
    sending = await MailClient(secret.client, secret.task_queue).send_email.start(request)
    with pytest.raises(ActionFailed) as caught:
        await sending.result()
    assert (caught.value.type, caught.value.message) == ("AuthenticationFailed", f"{ALICE} may not log in")
    history = await temporal.client.get_workflow_handle(sending.id).fetch_history()
    assert not plaintext(history)
    assert history.events[-1].workflow_execution_failed_event_attributes.failure.message == "Encoded failure"


async def test_a_client_with_the_keys_in_its_environment(
    secret: Story, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`MailClient.connect` reads what the worker reads; without keys a sentence says what is missing."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    request = SendEmailRequest.model_validate(LETTER | {"case_id": str(uuid.uuid4())})
    async with MailClient.connect(secret.task_queue) as outsider:
        sending = await outsider.send_email.start(request)
        with pytest.raises(Undecipherable, match="the key '2026-11' is not among"):
            await sending.result()
    monkeypatch.setenv("MAIL_ENCRYPTION__KEYS__2026_11", AFTER_ROTATION.keys["2026-11"].get_secret_value())
    async with MailClient.connect(secret.task_queue) as insider:
        assert (await insider.send_email.get(sending.id).result()).status == "sent"


@pytest_asyncio.fixture(loop_scope="session")
async def late(temporal: WorkflowEnvironment, connect: Connect) -> AsyncGenerator[Story, None]:
    """A worker that has not got this month's key yet."""
    story = Story(temporal, f"late-{uuid.uuid4()}")
    story.client = await connect(BEFORE_ROTATION)
    async with crew(story.client, story.task_queue, story.mailbox, story.outbox):
        yield story


async def test_an_input_that_cannot_be_read_ends_at_once(late: Story, connect: Connect) -> None:
    """The caller learns which key is missing; no task is tried again and again."""
    early = MailClient(await connect(AFTER_ROTATION), late.task_queue)
    sending = await early.send_email.start(SendEmailRequest.model_validate(LETTER), workflow_id=str(uuid.uuid4()))
    with pytest.raises(ActionFailed, match="the key '2026-11' is not among") as caught:
        await asyncio.wait_for(sending.result(), LIMIT_SECONDS)
    assert caught.value.type == "InvalidRequest"
    history = await late.client.get_workflow_handle(sending.id).fetch_history()
    assert not _failed_tasks(history)
    assert not late.outbox.deliveries


async def test_a_wait_stands_still_until_the_key_is_there(temporal: WorkflowEnvironment, connect: Connect) -> None:
    """A signal that cannot be read yet is not dropped, and a wait that has begun never fails for want of a key."""
    story = Story(temporal, f"late-{uuid.uuid4()}")
    story.client, early = await connect(BEFORE_ROTATION), await connect(AFTER_ROTATION)
    async with crew(story.client, story.task_queue, story.mailbox, story.outbox):
        wait = await story.wait(ALICE)
        await story.progress(wait, lambda progress: bool(progress.folders))
        seen_early: AnyWorkflow = early.get_workflow_handle(wait.id)
        await seen_early.signal(Waiting.stop_waiting, "seen enough")
        failed = await _task_failure(wait)
    assert "the key '2026-11' is not among encryption.keys" in failed
    async with crew(early, story.task_queue, story.mailbox, story.outbox):
        result = await asyncio.wait_for(early.get_workflow_handle(wait.id, result_type=WaitResult).result(), 30)
    assert result.status == "stopped"


async def test_open_workflows_live_through_switching_on_and_rotation(
    temporal: WorkflowEnvironment, connect: Connect
) -> None:
    """Begun in the clear, continued with last month's key, ended with this month's."""
    story = Story(temporal, f"rotation-{uuid.uuid4()}")
    story.client = await connect(Encryption())
    async with crew(story.client, story.task_queue, story.mailbox, story.outbox):
        wait = await story.wait(ALICE)
        await story.progress(wait, lambda progress: bool(progress.folders))
    for settings in (BEFORE_ROTATION, AFTER_ROTATION):
        client = await connect(settings)
        async with crew(client, story.task_queue, story.mailbox, story.outbox):
            here: AnyWorkflow = client.get_workflow_handle(wait.id, result_type=WaitResult)
            extended = await update(here, "extend_deadline", 5, result=WaitResult)
            assert extended.status == "waiting"
            if settings is AFTER_ROTATION:
                await here.signal(Waiting.stop_waiting, "seen enough")
                assert (await here.result()).status == "stopped"


async def test_the_cli_shows_it_with_the_codec_server(secret: Story, address: str, codec_server: CodecProcess) -> None:
    """And without it does not."""
    wait = await asked(secret)
    show = ("workflow", "show", "--workflow-id", wait.id, "--output", "json")
    assert not [words for words in TOLD if words in await _temporal(address, *show)]
    codec = ("--codec-endpoint", codec_server.endpoint, "--codec-auth", f"Bearer {TOKEN}")
    shown = await _temporal(address, *show, *codec)
    assert all(words in shown for words in TOLD)


async def _temporal(address: str, *arguments: str) -> str:
    """What the payloads hold that Temporal's CLI prints."""
    process = await asyncio.create_subprocess_exec(
        temporal_program(), *arguments, "--address", address, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    # Its JSON is meant for replays: the data of payloads stand in base64.
    return "\n".join(base64.b64decode(data).decode(errors="replace") for data in DATA.findall(printed.decode()))


def _failed_tasks(history: WorkflowHistory) -> list[str]:
    kind = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    failed = [event for event in history.events if event.event_type == kind]
    return [event.workflow_task_failed_event_attributes.failure.message for event in failed]


async def _task_failure(wait: AnyWorkflow) -> str:
    """What the last failed task said, once one has failed."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            if failed := _failed_tasks(await wait.fetch_history()):
                return failed[-1]
            await asyncio.sleep(0.05)
