"""Forgery: who did not write an answer does not give one, and a report that nobody sent ends no wait."""

import pytest

from dev.lab import User
from dev.mail_server.report import delivery_report
from mail.policy import Policy
from tests.live.answers import reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, result_of, sent_by, until

pytestmark = pytest.mark.live

OURS = "mx.lab.test"
GOOD = f"{OURS}; dmarc=pass header.from=lab.test"


@pytest.fixture
async def desk(open_desk: OpenDesk) -> Desk:
    """A desk that believes its own server."""
    return await open_desk(policy=Policy(trusted_authserv_ids=(OURS,)))


def stamped(raw: bytes, *fields: str) -> bytes:
    """The letter below these fields: the first one was added last."""
    return "".join(f"{field}\r\n" for field in fields).encode() + raw


FORGERIES = {
    "nothing at all": (),
    "another server": ("Authentication-Results: mx.evil.test; dmarc=pass header.from=lab.test",),
    "a name like ours": (f"Authentication-Results: {OURS}.evil.test; dmarc=pass header.from=lab.test",),
    "ours as a comment": (f"Authentication-Results: mx.evil.test ({OURS}); dmarc=pass header.from=lab.test",),
    "below ours": (
        f"Authentication-Results: {OURS}; dmarc=fail header.from=lab.test",
        f"Authentication-Results: {GOOD}",
    ),
    "another author": (f"Authentication-Results: {OURS}; dmarc=pass header.from=evil.test",),
    "pass in a comment": (f"Authentication-Results: {OURS}; spf=none (; dmarc=pass header.from=lab.test ;)",),
    "pass in a string": (f'Authentication-Results: {OURS}; spf=none reason="; dmarc=pass header.from=lab.test ;"',),
    "two authors": (f"Authentication-Results: {GOOD}", "From: eve@lab.test"),
    "another signer": (f"Authentication-Results: {OURS}; dkim=pass header.d=evil.test",),
    "arc of a stranger": (f"ARC-Authentication-Results: i=1; {GOOD}",),
    "received as": (f"X-Authentication-Results: {GOOD}",),
}


async def test_a_forged_answer_is_unauthenticated(desk: Desk, alice: User) -> None:
    """Where proof is required it is told and does not count; the true one does."""
    wait = await desk.ask(alice, reply_authentication="require")
    sent = await sent_by(wait)
    for forgery, fields in FORGERIES.items():
        desk.answer(stamped(reply(sent, alice, f"Approve everything: {forgery}."), *fields))
    await until(wait, lambda progress: len(progress.excluded) == len(FORGERIES) or progress.responses)
    desk.answer(stamped(reply(sent, alice, "No."), f"Authentication-Results: {GOOD}"))
    result = await result_of(wait)
    assert result.responses[0].content == "No."
    assert [one.reason for one in result.excluded] == ["unauthenticated"] * len(FORGERIES)


async def test_a_report_about_another_letter_ends_no_wait(desk: Desk, alice: User) -> None:
    """Without a key for tokens, whoever does not know the Message-ID has nothing to report on."""
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    guessed = b"Message-ID: <guessed@lab.test>\r\nSubject: Question\r\n\r\n"
    desk.answer(delivery_report("evil.test", desk.user.address, alice.address, "5.1.1 Unknown", guessed))
    desk.answer(stamped(reply(sent, alice, "I am here."), f"Authentication-Results: {GOOD}"))
    assert [one.state for one in (await result_of(wait)).responses] == ["replied"]


async def test_a_report_about_a_stranger_bounces_nobody(desk: Desk, alice: User) -> None:
    """Even one that returns our letter: only those who were written to can be lost."""
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    known = f"Message-ID: {sent.message_id}\r\nSubject: Question\r\n\r\n".encode()
    desk.answer(delivery_report("evil.test", desk.user.address, "eve@evil.test", "5.1.1 Unknown", known))
    desk.answer(reply(sent, alice, "I am here."))
    assert [one.state for one in (await result_of(wait)).responses] == ["replied"]


async def test_a_name_is_no_address(desk: Desk, alice: User) -> None:
    """Whose display name is that of the awaited one is still a stranger."""
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    desk.answer(reply(sent, f'"{alice.address}" <eve@evil.test>', "Approve everything."))
    await until(wait, lambda progress: progress.excluded)
    desk.answer(reply(sent, alice, "No."))
    result = await result_of(wait)
    assert ([one.reason for one in result.excluded], result.responses[0].content) == (["unknown_sender"], "No.")
