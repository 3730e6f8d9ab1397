"""The client as a SOAR uses it."""

import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from client import ActionCancelled, ActionFailed, DuplicateAction, MailClient
from mail.errors import AuthenticationFailed
from models.ping import PingRequest
from models.send import SendEmailRequest
from models.send_and_wait import SendEmailAndWaitRequest
from tests.workflows.crew import crew
from tests.workflows.fakes import Mailbox, Outbox
from tests.workflows.story import ALICE, BOB, states

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Soar:
    """A SOAR's side, and the mail behind it."""

    mail: MailClient
    mailbox: Mailbox
    outbox: Outbox


@pytest_asyncio.fixture(loop_scope="session")
async def soar(temporal: WorkflowEnvironment) -> AsyncGenerator[Soar, None]:
    """A client that knows models, and nothing of workers or their plugin."""
    address = temporal.client.service_client.config.target_host
    outside = await Client.connect(address, data_converter=pydantic_data_converter)
    queue, mailbox, outbox = f"client-{uuid.uuid4()}", Mailbox(), Outbox()
    async with crew(temporal.client, queue, mailbox, outbox, watching=True):
        yield Soar(MailClient(outside, queue), mailbox, outbox)


def a_letter() -> SendEmailRequest:
    """A request of a case of its own."""
    return SendEmailRequest.model_validate(_arguments())


def a_question() -> SendEmailAndWaitRequest:
    """A request that waits for both."""
    waiting = {"wait_stage_timeout_minutes": "60", "wait_for_all_recipients_to_reply": "true"}
    return SendEmailAndWaitRequest.model_validate({**_arguments(), **waiting})


def _arguments() -> dict[str, object]:
    return {
        "case_id": str(uuid.uuid4()),
        "alert_group_identifiers": ["alert-1"],
        "recipients": [ALICE, BOB],
        "subject": "Was it you?",
        "content": "Please answer.",
    }


async def test_an_action_is_called_for_its_result(soar: Soar) -> None:
    """One line."""
    result = await soar.mail.send_email(a_letter())
    assert (result.status, result.recipients) == ("sent", (ALICE, BOB))


async def test_an_action_is_started_and_found_again(soar: Soar) -> None:
    """Also by another process, which knows its id alone."""
    started = await soar.mail.send_email.start(a_letter())
    found = soar.mail.send_email.get(started.id)
    assert await found.result() == await started.result()


async def test_an_action_tells_its_case_in_lists_and_in_the_ui(soar: Soar, temporal: WorkflowEnvironment) -> None:
    """Who finds it in Temporal need not open its history."""
    letter = a_letter().model_copy(update={"subject": "Is <this> [you](https://evil.example)?"})
    started = await soar.mail.send_email.start(letter)
    found = await temporal.client.get_workflow_handle(started.id).describe()
    assert await found.memo() == {"case_id": letter.case_id, "action": "SendEmail"}
    subject = r"Is \<this\> \[you\]\(https\://evil.example\)?"
    assert await found.static_summary() == f"{subject} — {ALICE}, {BOB}"
    told = (f"case: {letter.case_id}", "alert groups: alert-1", f"recipients: {ALICE}, {BOB}", f"subject: {subject}")
    assert await found.static_details() == "\n".join(f"- {line}" for line in told)


async def test_the_same_action_is_refused(soar: Soar) -> None:
    """A playbook that runs twice sends one letter, even when the first has ended."""
    letter = a_letter()
    await soar.mail.send_email(letter)
    with pytest.raises(DuplicateAction) as caught:
        await soar.mail.send_email.start(letter)
    assert caught.value.workflow_id.startswith(f"send-email/{letter.case_id}/")
    assert len(soar.outbox.deliveries) == 1


async def test_the_same_action_under_another_id_is_another_action(soar: Soar) -> None:
    """Whoever means it says so."""
    letter = a_letter()
    await soar.mail.send_email(letter)
    await soar.mail.send_email(letter, workflow_id=f"again-{letter.case_id}")
    assert len(soar.outbox.deliveries) == 2


async def test_a_ping_may_be_repeated(soar: Soar) -> None:
    """It changes nothing."""
    request = PingRequest(case_id="7", alert_group_identifiers=())
    assert (await soar.mail.ping(request)).status == "ok"
    assert (await soar.mail.ping(request)).imap is None


async def test_a_failure_has_a_type_and_words(soar: Soar) -> None:
    """As the contract lists them."""
    soar.outbox.delivery_trouble.error = AuthenticationFailed("the server refused the password")
    with pytest.raises(ActionFailed, match="the server refused the password") as caught:
        await soar.mail.send_email(a_letter())
    assert caught.value.type == "AuthenticationFailed"


async def test_a_failure_has_its_details(soar: Soar) -> None:
    """For programs."""
    soar.outbox.refused.update({ALICE: 550, BOB: 550})
    with pytest.raises(ActionFailed) as caught:
        await soar.mail.send_email(a_letter())
    assert caught.value.type == "AllRecipientsRefused"
    assert [one["address"] for one in caught.value.details[0]["refused"]] == [ALICE, BOB]


async def test_a_wait_is_followed(soar: Soar) -> None:
    """Progress, a later deadline, a reminder, an answer by telephone, and the end."""
    wait = await soar.mail.send_email_and_wait.start(a_question())
    before = await wait.progress()
    assert states(before) == {ALICE: "pending", BOB: "pending"}
    assert (await wait.extend_deadline(30)).deadline > before.deadline
    assert (await wait.remind()).status == "waiting"
    answered = await wait.record_reply(ALICE, "It was me.", by="Sam")
    assert states(answered)[ALICE] == "replied"
    await wait.stop_waiting("case closed")
    result = await wait.result()
    assert (result.status, states(result)[BOB]) == ("stopped", "pending")
    assert result.sent


async def test_a_wait_is_found_again(soar: Soar) -> None:
    """With all that can be done to one."""
    started = await soar.mail.send_email_and_wait.start(a_question())
    found = soar.mail.send_email_and_wait.get(started.id)
    await found.record_reply(ALICE, "Yes.", by="Sam")
    await found.record_reply(BOB, "No.", by="Sam")
    assert (await found.result()).status == "replied"


async def test_a_cancelled_action_says_so(soar: Soar) -> None:
    """It has no result, and it did not fail."""
    wait = await soar.mail.send_email_and_wait.start(a_question())
    await wait.progress()
    await wait.cancel()
    with pytest.raises(ActionCancelled):
        await wait.result()
