"""Letters handed in for an account: to whom they may go, and what the header tells."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mail.account import Account
from mail.envelope import forbidden_recipients
from mail.errors import RecipientForbidden
from mail.letter import Letter
from mail.outbox import Outbox
from mail.smtp.pool import SmtpPool
from models.address import Address
from models.send import Delivery
from tests.mail.smtp.scripted import Script

LETTER = Letter(
    message_id="<1@x.example>",
    date=datetime(2026, 5, 4, tzinfo=UTC),
    sender=Address(address="soc@x.example"),
    to=(Address(address="a@x.example"),),
    subject="Hello",
    text="Hi",
)


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    """A friendly server."""
    async with Script() as running:
        yield running


@pytest.fixture
async def outbox(script: Script) -> AsyncIterator[Outbox]:
    """An account that may write to x.example and to bücher.example."""
    server = script.server()
    pool = SmtpPool(server)
    account = Account(address="soc@x.example", smtp=server)
    yield Outbox(account, pool, allowed_recipient_domains=["x.example", "Bücher.example"])
    await pool.close()


async def test_blind_copies_are_in_the_envelope_only(outbox: Outbox, script: Script) -> None:
    """Each recipient is named once to the server, whatever the header says."""
    recipients: list[Address | str] = [*LETTER.to, "a@x.example", Address(address="hidden@x.example", name="H")]
    delivery = await outbox.deliver(LETTER, recipients, envelope_sender="bounce@x.example")
    assert delivery.accepted == ("a@x.example", "hidden@x.example")
    assert "MAIL FROM:<bounce@x.example> SIZE=" in "\n".join(script.heard)
    assert b"hidden" not in script.letters[0]


async def test_the_caller_hears_before_and_after(outbox: Outbox, script: Script) -> None:
    """Before the letter leaves, and as soon as the server has it."""
    heard: list[object] = []

    async def before_end(expected: Delivery) -> None:
        heard.append((len(script.letters), expected.accepted))

    delivery = await outbox.deliver(
        LETTER, LETTER.to, envelope_sender="soc@x.example", before_end=before_end, after_data=heard.append
    )
    assert heard == [(0, ("a@x.example",)), delivery]


async def test_nothing_accepted_is_nothing_to_tell(outbox: Outbox, script: Script) -> None:
    """`after_data` means that the server has the letter."""
    script.replies = {"RCPT": "451 later"}
    heard: list[Delivery] = []
    await outbox.deliver(LETTER, LETTER.to, envelope_sender="soc@x.example", after_data=heard.append)
    assert heard == []


async def test_forbidden_recipients_stop_the_letter(outbox: Outbox, script: Script) -> None:
    """One forbidden recipient is enough, all are named, and nobody gets anything."""
    recipients = ["a@x.example", "b@y.example", "c@sub.x.example"]
    with pytest.raises(RecipientForbidden, match=r"b@y\.example, c@sub\.x\.example"):
        await outbox.deliver(LETTER, recipients, envelope_sender="soc@x.example")
    assert script.connections == 0


def test_domains_are_compared_as_dns_does() -> None:
    """Case and alphabet do not matter; no list allows everybody."""
    assert forbidden_recipients(["a@X.Example", "a@xn--bcher-kva.example"], ["x.example", "Bücher.example"]) == ()
    assert forbidden_recipients(["a@y.example"], []) == ()
    assert forbidden_recipients(["a@x.example@y.example"], ["x.example"]) == ("a@x.example@y.example",)


async def test_a_null_sender_is_possible(outbox: Outbox, script: Script) -> None:
    """What must never bounce has none (RFC 5321 §4.5.5)."""
    await outbox.deliver(replace(LETTER, to=()), ["a@x.example"], envelope_sender="")
    assert any(line.startswith("MAIL FROM:<> ") for line in script.heard)


async def test_ping_tells_who_answers(outbox: Outbox) -> None:
    """The greeting, the protection and what the server can do."""
    greeting = await outbox.ping()
    assert (greeting.server, greeting.tls) == ("scripted.test ESMTP", "")
    assert "SIZE 1000000" in greeting.capabilities
