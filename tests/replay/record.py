"""Record histories anew: `python -m tests.replay.record`.

Each story is told to a real server with fakes for mail; an existing history is kept as it is, for it stands for
waits that are open somewhere. Give new ones a new name; delete one only when no such wait can be open any more.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowFailureError, WorkflowHistory

from client import MailClient
from client.search_attributes import TemporalSearchAttributes
from encryption import Encryption
from models.json import JsonObject, is_array, is_object
from models.ping import PingRequest
from models.wait import Absence, LateReplyRoute, WaitResult
from tests.codec.ring import BEFORE_ROTATION
from tests.temporal import IN_THE_CLEAR, dev_server
from tests.test_ways_in import arguments, desk, harmless_first
from tests.workflows.crew import crew
from tests.workflows.story import ALICE, BOB, CASE, AnyWorkflow, Story, reasons, states, update
from workflows.ids import watch_id
from workflows.ping import Ping
from workflows.waiting import Waiting

HISTORIES = Path(__file__).with_name("histories")
# So early that a short story already continues as new.
SHORT = "limit.historyCount.suggestContinueAsNew=25"
# The SDK names a worker and its own queue by process and machine: 4711@host-0123456789abcdef….
WORKER = re.compile(r"^\d+@.+$")

# Where files go meanwhile; the place ends up in the histories, so it must be one that any machine has.
ANYWHERE = Path("/var/tmp/durable-mail")  # noqa: S108  # nothing of it is read again

Tale = Callable[[Story], Awaitable[AnyWorkflow]]


async def sent(story: Story) -> AnyWorkflow:
    """A letter that one of two gets at once, and the other at the second attempt."""
    story.outbox.deferred[BOB] = 1
    send = await story.send(ALICE, BOB)
    await send.result()
    return send


async def pinged(story: Story) -> AnyWorkflow:
    """A ping."""
    request = PingRequest.model_validate(CASE)
    ping = await story.client.start_workflow(Ping.run, request, id="ping", task_queue=story.task_queue)
    await ping.result()
    return ping


async def waited(story: Story) -> AnyWorkflow:
    """An absence, an answer, a longer deadline, a reminder, and the end by hand."""
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.receive(ALICE, kind="auto_reply")
    await story.progress(wait, lambda progress: reasons(progress) == ["auto_reply"])
    await update(wait, "extend_deadline", 30, result=WaitResult)
    await update(wait, "remind", result=WaitResult)
    await story.receive(ALICE)
    await story.progress(wait, lambda progress: states(progress)[ALICE] == "replied")
    await wait.signal(Waiting.stop_waiting, "case closed")
    await wait.result()
    return wait


async def sent_and_waited(story: Story) -> AnyWorkflow:
    """The flagship: two answers, the second by telephone."""
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.progress(wait, lambda progress: bool(progress.folders))
    await story.answer(wait, ALICE)
    await story.progress(wait, lambda progress: states(progress)[ALICE] == "replied")
    by_telephone = {"recipient": BOB, "content": "Not me.", "by": "Sam"}
    await update(wait, "record_reply", by_telephone, result=WaitResult)
    await wait.result()
    return wait


async def asked_each(story: Story) -> AnyWorkflow:
    """One letter for each of two, one of them refused for now, under names that the sending service changed."""
    story.outbox.deferred[BOB] = 1
    story.outbox.renamed_to = "<0100@email.amazonses.com>"
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, one_letter_per_recipient=True)
    await story.progress(wait, lambda progress: bool(progress.folders))
    await story.answer(wait, ALICE)
    await story.progress(wait, lambda progress: states(progress)[ALICE] == "replied")
    await update(wait, "remind", result=WaitResult)
    await story.eventually(lambda: len(story.outbox.filed) == 3)
    await story.answer(wait, BOB)
    await wait.result()
    return wait


async def cancelled(story: Story) -> AnyWorkflow:
    """A wait that somebody cancels."""
    wait = await story.wait(ALICE)
    await story.progress(wait, lambda progress: bool(progress.folders))
    await wait.cancel()
    with suppress(WorkflowFailureError):  # this is how it is told
        await wait.result()
    return wait


async def watched(story: Story) -> AnyWorkflow:
    """The watch of a wait, from its first registration to its end."""
    await waited(story)
    watch = story.client.get_workflow_handle(watch_id("soc", "INBOX"))
    await watch.result()
    return watch


async def reminded(story: Story) -> AnyWorkflow:
    """An absence that puts the deadline off, a reminder before which the wait looks, and a later deadline."""
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, extend_on_absence=60)
    await story.receive(ALICE, kind="auto_reply", absence=Absence(delegate=BOB))
    await story.progress(wait, lambda progress: progress.extended_minutes == 60)
    await update(wait, "remind", "Please!", result=WaitResult)
    await story.eventually(lambda: len(story.outbox.filed) == 1)
    await update(wait, "extend_deadline", 30, result=WaitResult)
    await story.receive(ALICE)
    await story.receive(BOB)
    await wait.result()
    return wait


async def timed_out(story: Story) -> AnyWorkflow:
    """A wait that leaves somebody who listens."""
    story.mailbox.late_replies = LateReplyRoute(to="case_note")
    wait = await story.wait(ALICE, email_date=await story.now() - timedelta(hours=2))
    await wait.result()
    return wait


async def listened(story: Story) -> AnyWorkflow:
    """An answer that comes too late for its wait."""
    wait = await timed_out(story)
    late = story.client.get_workflow_handle(f"late-replies/{wait.id}/{str(wait.first_execution_run_id)[:8]}")
    await story.receive(ALICE)
    await late.result()
    return late


async def flooded(story: Story) -> AnyWorkflow:
    """A wait that has more to read than one history should hold."""
    for _ in range(8):
        await story.receive(ALICE, kind="auto_reply")
    await story.receive(ALICE)
    wait = await story.wait(ALICE)
    await wait.result()
    return wait


async def found(story: Story) -> AnyWorkflow:
    """A wait that can be found, by its reminder, too."""
    await TemporalSearchAttributes(story.client).create()
    story.mailbox.has_search_attributes = story.outbox.has_search_attributes = True
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.progress(wait, lambda progress: bool(progress.folders))
    await update(wait, "remind", result=WaitResult)
    await story.eventually(lambda: len(story.outbox.filed) == 2)
    await story.answer(wait, ALICE)
    await story.answer(wait, BOB)
    await wait.result()
    return wait


TALES: dict[str, Tale] = {
    "send-email": sent,
    "ping": pinged,
    "wait-for-email-from-user": waited,
    "wait-for-email-from-user-cancelled": cancelled,
    "send-email-and-wait": sent_and_waited,
    "send-email-and-wait-one-letter-each": asked_each,
    "mailbox-watch": watched,
    "wait-for-email-from-user-reminded": reminded,
    "wait-for-email-from-user-timed-out": timed_out,
    "late-replies": listened,
    "send-email-and-wait-found": found,
}


async def record() -> None:
    """Write what is missing."""
    for name, tale in TALES.items():
        await _record(name, tale)
    await _record("wait-for-email-from-user-continued", waited, SHORT)
    await _record("wait-for-email-from-user-flooded", flooded, SHORT)
    await _record("send-email-and-wait-continued", sent_and_waited, SHORT)
    await _record("send-email-and-wait-found-continued", found, SHORT)
    await _record("send-email-and-wait-encrypted", sent_and_waited, encryption=BEFORE_ROTATION)
    await _record_actions()
    await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)


async def _record(name: str, tale: Tale, *dynamic_config: str, encryption: Encryption = IN_THE_CLEAR) -> None:
    async with dev_server(*dynamic_config, encryption=encryption) as env:
        story = Story(env, "mail")
        async with crew(env.client, story.task_queue, story.mailbox, story.outbox, watching=True):
            told = await tale(story)
            for number, history in enumerate(await _runs(env.client, told)):
                _write(f"{name}-{number}" if number else name, history)


async def _record_actions() -> None:
    """Each action once, as its example asks for it, on an embedded mail server."""
    async with desk(ANYWHERE) as (_, client):
        for action in harmless_first():
            request = action.request.model_validate(arguments(action, ANYWHERE))
            started = await getattr(MailClient(client), action.method).start(request, workflow_id=action.dashed)
            await started.result()
            _write(action.dashed, await client.get_workflow_handle(action.dashed).fetch_history())


async def _runs(client: Client, told: AnyWorkflow) -> list[WorkflowHistory]:
    """The history of each run, first to last."""
    run_id, histories = told.first_execution_run_id or (await told.describe()).run_id, list[WorkflowHistory]()
    while run_id:
        handle: AnyWorkflow = client.get_workflow_handle(told.id, run_id=run_id)
        histories.append(await handle.fetch_history())
        last = histories[-1].events[-1]
        run_id = last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    return histories


def _write(name: str, history: WorkflowHistory) -> None:
    path = HISTORIES / f"{name}.json"
    if path.exists():
        return
    events = _anonymous(history.to_json_dict())
    path.write_text(json.dumps({"workflow_id": history.workflow_id, **events}, indent=1) + "\n", encoding="utf-8")


def _anonymous(history: JsonObject) -> JsonObject:
    """Which machine recorded a history is nobody's business."""
    return {name: "recorded" if name == "identity" else _nameless(item) for name, item in history.items()}


def _nameless(value: Any) -> Any:
    if is_object(value):
        return _anonymous(value)
    if is_array(value):
        return [_nameless(item) for item in value]
    return WORKER.sub("recorded", value) if isinstance(value, str) else value


if __name__ == "__main__":
    HISTORIES.mkdir(exist_ok=True)
    asyncio.run(record())
