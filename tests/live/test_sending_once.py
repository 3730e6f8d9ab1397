"""A letter whose fate nobody knows is never sent blindly again: what is known is found out, or told."""

import re
from collections.abc import AsyncIterator, Callable

import pytest

from chaos.proxy import Proxy, Trap
from client import ActionFailed
from dev.lab import Lab, User
from mail.account import Account, ImapServer, SmtpServer
from models.send import SendEmailRequest
from tests.live.conftest import Change, OpenDesk
from tests.live.desk import LETTER, Desk, eventually
from tests.mail.smtp.scripted import SILENCE, Script

pytestmark = pytest.mark.live

BEFORE_TAKEN = Trap("before the final 250", re.compile(rb"250 OK id="))
AWAY = b"* BYE Not now\r\n"


@pytest.fixture
async def smtp(lab: Lab) -> AsyncIterator[Proxy]:
    """The line to Exim."""
    async with Proxy.running(lab.ports["SMTP"]) as proxy:
        yield proxy


@pytest.fixture
async def imap(lab: Lab) -> AsyncIterator[Proxy]:
    """The line to Dovecot."""
    async with Proxy.running(lab.ports["IMAP"]) as proxy:
        yield proxy


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    """A server that says what a test wants."""
    async with Script() as running:
        yield running


def over(smtp: Proxy, imap: Proxy) -> Change:
    """The account, reached over these lines, without TLS so that they see what passes."""

    def change(account: Account) -> Account:
        assert account.smtp
        assert account.imap
        return account.model_copy(
            update={
                "smtp": SmtpServer.model_validate(dict(account.smtp) | {"port": smtp.port, "security": "none"}),
                "imap": ImapServer.model_validate(dict(account.imap) | {"port": imap.port, "security": "none"}),
            }
        )

    return change


def handed_to(script: Script) -> Change:
    """The account, its letters handed to the scripted server."""
    return lambda account: account.model_copy(update={"smtp": script.server(timeout_seconds=30)})


async def letters(desk: Desk, user: User, number: int) -> list[bytes]:
    """The letters of somebody, once there are so many."""
    return await eventually(lambda: found if len(found := desk.lab.messages(user.name)) >= number else [])


async def test_a_connection_lost_before_the_answer_is_told(
    open_desk: OpenDesk, alice: User, smtp: Proxy, imap: Proxy
) -> None:
    """The failure names the letter and whom it was for; nobody gets it twice."""
    desk = await open_desk(change=over(smtp, imap))
    smtp.set(BEFORE_TAKEN)
    with pytest.raises(ActionFailed) as raised:
        await desk.send(alice, "full@lab.test")
    assert raised.value.type == "SendOutcomeUnknown"
    (details,) = raised.value.details
    assert details["message_id"].startswith("<")
    assert (details["recipients"], [one["address"] for one in details["refused"]]) == (
        [alice.address],
        ["full@lab.test"],
    )
    assert len(await letters(desk, alice, 1)) == 1


async def test_who_would_rather_have_it_twice_gets_it_again(
    open_desk: OpenDesk, alice: User, smtp: Proxy, imap: Proxy
) -> None:
    """`on_unknown` is the caller's choice; the same letter comes, with the same Message-ID."""
    desk = await open_desk(change=over(smtp, imap))
    smtp.set(BEFORE_TAKEN)
    sent = await desk.send(alice, on_unknown="resend", return_message_id_for_the_sent_email="true")
    await letters(desk, alice, 2)
    assert len(desk.letters(alice.name, sent.message_id)) == 2


async def test_a_copy_in_sent_proves_it(open_desk: OpenDesk, alice: User, smtp: Proxy, imap: Proxy) -> None:
    """A server that files what it takes leaves no doubt; it is asked for as long as it is away."""
    desk = await open_desk(change=over(smtp, imap))
    smtp.set(BEFORE_TAKEN)
    for _ in range(20):
        imap.turn_away(AWAY)
    request = SendEmailRequest.model_validate(LETTER | {"recipients": [alice.address, "full@lab.test"]})
    started = await desk.mail.send_email.start(request, workflow_id=desk.new_id())
    (letter,) = await letters(desk, alice, 1)
    desk.lab.deliver(desk.name, letter, "Sent")
    imap.calm()
    sent = await started.result()
    assert (sent.recipients, [one.address for one in sent.refused]) == ((alice.address,), ["full@lab.test"])
    assert len(desk.lab.messages(alice.name)) == 1


@pytest.mark.parametrize("at", ["DATA", "."])
async def test_what_was_refused_for_now_is_sent_again(
    open_desk: OpenDesk, script: Script, at: str, alice: User
) -> None:
    """The server has said that it did not take the letter: nothing about that is unknown."""
    desk = await open_desk(change=handed_to(script))
    script.replies = {at: "451 4.3.0 Later"}
    request = SendEmailRequest.model_validate(LETTER | {"recipients": [alice.address]})
    started = await desk.mail.send_email.start(request, workflow_id=desk.new_id())
    await script.until_heard("RSET")
    script.replies = {}
    assert (await started.result()).status == "sent"


async def test_temporal_knows_before_the_server_can(
    open_desk: OpenDesk, script: Script, alice: User, new_user: Callable[[], User]
) -> None:
    """A power cut right after the final dot finds it in the heart-beat, which no throttling may hold back."""
    desk = await open_desk(new_user(), change=handed_to(script))
    script.replies = {".": SILENCE}
    request = SendEmailRequest.model_validate(LETTER | {"recipients": [alice.address]})
    workflow_id = desk.new_id()
    await desk.mail.send_email.start(request, workflow_id=workflow_id)
    await eventually(lambda: script.letters)
    described = await desk.temporal.get_workflow_handle(workflow_id).describe()
    (pending,) = described.raw_description.pending_activities
    assert b'"handing over"' in pending.heartbeat_details.payloads[0].data
    await desk.temporal.get_workflow_handle(workflow_id).terminate()
