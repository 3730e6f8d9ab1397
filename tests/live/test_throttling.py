"""Accounts that must go slowly, and accounts that must not suffer for others."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client

from client import MailClient
from dev.lab import Lab, User
from dev.parts import OwnSettings
from mail.account import Account
from models.search import SearchEmailRequest
from models.send import SendEmailRequest
from tests.live.conftest import OpenDesk
from tests.live.desk import CASE, LETTER, Desk, eventually_told
from tests.mail.smtp.scripted import HANG_UP, SILENCE, Script
from worker import accounts_of, workers_of

pytestmark = pytest.mark.live

# Several times as many as may wait for a connection.
HANGING = 120
OPERATIONS = 100
# The server that hangs is given up later than the whole test may take.
HANGING_SECONDS = 120.0
PATIENCE_SECONDS = 60.0


@pytest.fixture
async def hanging() -> AsyncIterator[Script]:
    """A server that accepts connections and says nothing."""
    async with Script({"connect": SILENCE}) as script:
        yield script


@pytest.fixture
async def desk_beside(lab: Lab, lab_user: User, temporal: Client, hanging: Script) -> AsyncIterator[Desk]:
    """A desk whose worker serves a second account, "stuck", as well."""
    stuck = Account(address="stuck@lab.test", smtp=hanging.server(timeout_seconds=HANGING_SECONDS))
    settings = OwnSettings(
        accounts={lab_user.name: lab.account(lab_user.name), "stuck": stuck},
        default_account=lab_user.name,
        task_queue=lab_user.name,
    )
    accounts = accounts_of(settings)
    actions, listening = workers_of(temporal, settings, accounts)
    async with actions, listening:
        yield Desk(lab, lab_user, temporal)
        hanging.replies = {"connect": HANG_UP}  # a worker ends when its activities have
        hanging.hang_up()
    await accounts.close()


async def pending(temporal: Client, workflow_id: str) -> list[PendingActivityInfo]:
    """What a workflow waits for."""
    return list((await temporal.get_workflow_handle(workflow_id).describe()).raw_description.pending_activities)


async def holds_a_place(temporal: Client, workflow_id: str) -> bool:
    """Whether a workflow's activity runs just now."""
    running = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    return any(one.state == running for one in await pending(temporal, workflow_id))


async def test_an_account_whose_server_hangs_does_not_hurt_another(desk_beside: Desk, hanging: Script) -> None:
    """Most letters are sent away and hold no place; a hundred searches for another account end meanwhile."""
    desk, mail = desk_beside, MailClient(desk_beside.temporal, desk_beside.name)
    letter = SendEmailRequest.model_validate(LETTER | {"account": "stuck", "recipients": "x@lab.test"})
    stuck = [f"{desk.name}/stuck/{number}" for number in range(HANGING)]
    await asyncio.gather(*(mail.send_email.start(letter, workflow_id=one) for one in stuck))

    async def all_are_tried() -> bool:
        (last,) = [await pending(desk.temporal, stuck[-1])]
        return any(one.activity_type.name == "send.deliver" and one.attempt >= 1 for one in last)

    async def most_are_sent_away() -> bool:
        held = await asyncio.gather(*(holds_a_place(desk.temporal, one) for one in stuck))
        return sum(held) < HANGING / 2

    await eventually_told(all_are_tried)
    await eventually_told(most_are_sent_away)
    search = SearchEmailRequest.model_validate(
        CASE | {"folder_name": "INBOX", "time_frame_minutes": 60, "max_emails_to_return": 5}
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        found = await asyncio.gather(*(mail.search_email(search, workflow_id=desk.new_id()) for _ in range(OPERATIONS)))
    assert [one.status for one in found] == ["nothing_found"] * OPERATIONS
    assert hanging.connections == 1
    for one in stuck:
        await desk.temporal.get_workflow_handle(one).terminate()


async def test_letters_beyond_the_pace_come_later(open_desk: OpenDesk, alice: User) -> None:
    """The second one within a minute is neither lost nor sent: Temporal knows when its turn is."""

    def slow(account: Account) -> Account:
        assert account.smtp
        smtp = account.smtp.model_copy(update={"messages_per_minute": 1})
        return account.model_copy(update={"smtp": smtp})

    desk = await open_desk(change=slow)
    await desk.send(alice)
    letter = SendEmailRequest.model_validate(LETTER | {"recipients": alice.address})
    await desk.mail.send_email.start(letter, workflow_id=(second := desk.new_id()))

    async def refused() -> PendingActivityInfo | None:
        return next((one for one in await pending(desk.temporal, second) if one.last_failure.message), None)

    activity = await eventually_told(refused)
    assert activity is not None
    assert "messages_per_minute" in activity.last_failure.message
    assert 30 < activity.current_retry_interval.seconds <= 60
    assert len(desk.lab.messages(alice.name)) == 1
    await desk.temporal.get_workflow_handle(second).terminate()
