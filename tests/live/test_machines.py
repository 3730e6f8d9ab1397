"""Letters answered by machines: responders, delivery reports, and what a wait makes of them."""

from collections.abc import Callable

import pytest

from dev.lab import User
from dev.mail_server.report import delivery_report
from models.send import SendEmailResult
from tests.live.answers import exchange_out_of_office, out_of_office, reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, result_of, sent_by, until
from tests.live.test_wait import with_tokens

pytestmark = pytest.mark.live


@pytest.fixture
def ghost(desk: Desk) -> str:
    """An address that Exim accepts and Dovecot then does not know: the letter bounces."""
    name = f"ghost-{desk.name}"
    (desk.lab.home / "users" / name).touch()
    return f"{name}@lab.test"


@pytest.mark.parametrize("away", [out_of_office, exchange_out_of_office])
async def test_an_out_of_office_is_not_the_answer(
    desk: Desk, alice: User, away: Callable[[SendEmailResult, User], bytes]
) -> None:
    """The wait goes on until the person writes, and says what came before."""
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    desk.answer(away(sent, alice))
    await until(wait, lambda progress: progress.excluded)
    desk.answer(reply(sent, alice, "Back again: yes."))
    result = await result_of(wait)
    assert [(one.sender, one.reason) for one in result.excluded] == [(alice.address, "auto_reply")]
    assert result.responses[0].content == "Back again: yes."


async def test_an_out_of_office_counts_where_that_is_wanted(desk: Desk, alice: User) -> None:
    """The caller may take any answer."""
    wait = await desk.ask(alice, ignore_auto_replies="false")
    desk.answer(out_of_office(await sent_by(wait), alice))
    assert (await result_of(wait)).responses[0].content == "I am away."


@pytest.mark.parametrize("tokens", [False, True])
async def test_a_bounce_ends_the_wait(desk: Desk, open_desk: OpenDesk, ghost: str, *, tokens: bool) -> None:
    """Exim's own report is read; nobody is left to wait for."""
    desk = await open_desk(change=with_tokens) if tokens else desk
    result = await result_of(await desk.ask(ghost))
    assert result.status == "undeliverable"
    (response,) = result.responses
    assert response.state == "bounced"
    assert response.bounce
    assert response.bounce.status.startswith("5.")
    assert (response.bounce.code, response.bounce.recipient) == ("550", ghost)
    assert "User doesn't exist" in response.bounce.diagnostic


async def test_a_report_names_whom_it_is_about(desk: Desk, alice: User, bob: User) -> None:
    """RFC 3464: one has bounced, the other one is still waited for."""
    wait = await desk.ask(alice, bob, wait_for_all_recipients_to_reply="true")
    sent = await sent_by(wait)
    (copy,) = desk.letters(desk.name, sent.message_id, "Sent")
    report = delivery_report("lab.test", desk.user.address, alice.address, "5.2.2 Mailbox full", copy.as_bytes())
    desk.answer(report)
    await until(wait, lambda progress: progress.responses[0].state == "bounced")
    desk.answer(reply(sent, bob))
    result = await result_of(wait)
    assert (result.status, [one.state for one in result.responses]) == ("partially_replied", ["bounced", "replied"])
    assert result.responses[0].bounce
    assert result.responses[0].bounce.status == "5.2.2"


async def test_a_forged_report_ends_no_wait(open_desk: OpenDesk, alice: User) -> None:
    """Where letters carry tokens, a report that knows none proves nothing."""
    desk = await open_desk(change=with_tokens)
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    forged = f"Message-ID: {sent.message_id}\r\nSubject: Question\r\n\r\n".encode()
    desk.answer(delivery_report("evil.test", desk.user.address, alice.address, "5.1.1 Unknown", forged))
    desk.answer(reply(sent, alice, "I am here."))
    result = await result_of(wait)
    assert [(one.state, one.content) for one in result.responses] == [("replied", "I am here.")]


async def test_recipients_refused_at_once_are_not_waited_for(desk: Desk, alice: User) -> None:
    """What the server refuses is as good as a bounce."""
    wait = await desk.ask(alice, "full@lab.test", wait_for_all_recipients_to_reply="true")
    desk.answer(reply(await sent_by(wait), alice))
    result = await result_of(wait)
    assert (result.status, [one.state for one in result.responses]) == ("partially_replied", ["replied", "bounced"])
