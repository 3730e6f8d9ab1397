"""Waits outlive what they log in with: tokens of five seconds, and a password that somebody changes."""

from collections.abc import AsyncIterator, Mapping

import pytest
from temporalio.client import Client

from client.watches import TemporalWatches
from dev.lab import Lab, User
from dev.parts import OwnSettings
from mail.account import Account
from mail.accounts import Accounts
from mail.dns import TxtRecords
from mail.metrics import AUTHENTICATION_FAILURES, Meter, Metric
from mail.policy import Policy
from mail.template import Templates
from tests.live.answers import reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, eventually, eventually_told, result_of, sent_by
from tests.live.test_idle import registered, start_waits
from tests.live.test_send import ID
from tests.token_server import token_server
from worker import workers_of
from workflows.ids import watch_id
from workflows.watch import MailboxWatch

pytestmark = pytest.mark.live

TOKEN_SECONDS = 5.0
WAITS = 100


class Alarm:
    """Counts refused log-ins, as a Prometheus alert would."""

    def __init__(self) -> None:
        self.failures = 0.0

    def record(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        if metric is AUTHENTICATION_FAILURES and labels["protocol"] == "imap":
            self.failures += value


@pytest.fixture
def alarm() -> Alarm:
    """Silent so far."""
    return Alarm()


@pytest.fixture
def accounts(lab: Lab, lab_user: User, alarm: Alarm) -> Accounts:
    """One account, whose settings can be replaced."""
    return Accounts(
        {lab_user.name: lab.account(lab_user.name)},
        default=lab_user.name,
        policy=Policy(),
        templates=Templates({}),
        dns=TxtRecords(),
        meter=Meter(alarm),
    )


@pytest.fixture
async def desk(lab: Lab, lab_user: User, temporal: Client, accounts: Accounts) -> AsyncIterator[Desk]:
    """A desk whose worker uses these accounts."""
    settings = OwnSettings(accounts={lab_user.name: lab.account(lab_user.name)}, task_queue=lab_user.name)
    actions, listening = workers_of(temporal, settings, accounts)
    async with actions, listening:
        yield Desk(lab, lab_user, temporal)
    await accounts.close()


async def is_deaf(desk: Desk) -> bool:
    """Whether the watch shows that the server refuses it."""
    watch = desk.temporal.get_workflow_handle(watch_id(desk.name, "INBOX"))
    return "not watched" in str(await watch.query("__temporal_workflow_metadata"))


async def are_waiting(desk: Desk, number: int) -> bool:
    """Whether so many wait."""
    watch = desk.temporal.get_workflow_handle(watch_id(desk.name, "INBOX"))
    return len(await watch.query(MailboxWatch.waits)) == number


async def test_a_changed_password_harms_no_wait(
    desk: Desk, accounts: Accounts, alarm: Alarm, lab: Lab, alice: User
) -> None:
    """One refusal for a hundred waits; with the new password they hear what came meanwhile, and go on."""
    sent = await desk.send(alice, **ID)
    waits = await start_waits(desk, sent, WAITS)
    await registered(desk, WAITS)
    lab.change_password(desk.name, "another one")
    lab.hang_up(desk.name)
    await eventually_told(lambda: is_deaf(desk))
    assert alarm.failures == 1
    desk.answer(reply(sent, alice, "Found.", In_Reply_To=f"<{desk.name}.42@lab.test>"))
    corrected = {desk.name: lab.account(desk.name)}
    replaced = await accounts.replace(corrected, default=desk.name, policy=Policy(), templates=Templates({}))
    assert replaced == (desk.name,)
    await TemporalWatches(desk.temporal, desk.name).resume(desk.name)
    assert (await result_of(waits[42])).responses[0].content == "Found."
    desk.answer(reply(sent, alice, "Later.", In_Reply_To=f"<{desk.name}.7@lab.test>"))
    assert (await result_of(waits[7])).responses[0].content == "Later."
    await eventually_told(lambda: are_waiting(desk, WAITS - 2))


async def test_a_wait_outlives_its_tokens(open_desk: OpenDesk, lab: Lab, lab_user: User, alice: User) -> None:
    """Each connection that is lost comes back with a token that is good; letters leave and answers come in."""
    async with token_server(lab_user.name, port=lab.ports["TOKENS"], lifetime=TOKEN_SECONDS) as tokens:

        def by_token(account: Account) -> Account:
            usual = account.model_dump(exclude={"smtp": {"password"}, "imap": {"password"}})
            return Account.model_validate(usual | {"oauth": tokens.oauth()})

        desk = await open_desk(lab_user, change=by_token)
        wait = await desk.ask(alice)

        def three_tokens_were_used() -> bool:
            if tokens.expired and lab.imap_connections(desk.name):
                lab.hang_up(desk.name)
            return len(set(tokens.introspected)) >= 3

        await eventually(three_tokens_were_used)
        desk.answer(reply(await sent_by(wait), alice, "Still me."))
        assert (await result_of(wait)).responses[0].content == "Still me."
