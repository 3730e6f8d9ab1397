"""What ties an answer to its letter when the usual fields do not."""

import re
from email.utils import formatdate

import pytest

from dev.lab import User
from mail.policy import Policy
from tests.live.answers import reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, result_of, sent_by, until
from tests.live.test_send import ID
from tests.live.test_wait import with_tokens

pytestmark = pytest.mark.live

# What is left where a gateway says the least it can: no id of ours, no letter returned, another address.
BARE_REPORT = """From: <postmaster@elsewhere.test>
To: <{to}>
Subject: Undeliverable
Date: {date}
Message-ID: <report-{to}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

No such user.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.elsewhere.test

Final-Recipient: rfc822; forwarded@elsewhere.test
Action: failed
Status: 5.1.1
--b--
"""


async def signed_address(desk: Desk, recipient: User, message_id: str) -> str:
    """Where the letter that this recipient got wants to be answered."""
    letter = await desk.received(recipient, message_id)
    assert str(letter["To"]) == recipient.address
    found = re.search(rf"{desk.name}\+r\.[a-z2-7]{{16}}@[\w.]+", str(letter["Reply-To"]))
    assert found
    return found[0]


async def test_a_token_tells_whose_letter_is_answered(open_desk: OpenDesk, alice: User, bob: User) -> None:
    """One letter each: somebody answers for Alice, and a report without any id is about Bob."""
    desk = await open_desk(change=with_tokens)
    wait = await desk.ask(alice, bob, one_letter_per_recipient="true", wait_for_all_recipients_to_reply="true")
    sent = await sent_by(wait)
    hers, his = [await signed_address(desk, one, sent.message_ids[one.address]) for one in (alice, bob)]
    stranger = "deputy@elsewhere.test"
    desk.answer(reply(sent, stranger, "She is away: no.", To=hers.upper(), In_Reply_To="<rewritten@elsewhere.test>"))
    desk.answer(BARE_REPORT.format(to=his, date=formatdate()).replace("\n", "\r\n").encode())
    result = await result_of(wait)
    assert (result.status, [one.state for one in result.responses]) == ("partially_replied", ["replied", "bounced"])
    assert (result.responses[0].sender, result.responses[0].on_behalf) == (stranger, True)


async def test_a_forged_token_proves_nothing(open_desk: OpenDesk, alice: User, bob: User) -> None:
    """Who knows the Message-ID alone is a stranger; so is who answers on behalf, where the policy says so."""
    desk = await open_desk(change=with_tokens, policy=Policy(replies_on_behalf="exclude"))
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    letter = await desk.received(alice, sent.message_id)
    forged = f"{desk.name}+r.{'a' * 16}@lab.test"
    for address in (forged, str(letter["Reply-To"])):
        desk.answer(reply(sent, bob, "Approved.", To=address))
    desk.answer(BARE_REPORT.format(to=forged, date=formatdate()).replace("\n", "\r\n").encode())
    await until(wait, lambda progress: len(progress.excluded) == 2)
    desk.answer(reply(sent, alice, "No."))
    result = await result_of(wait)
    assert [one.reason for one in result.excluded] == ["unknown_sender", "unknown_sender"]
    assert (result.responses[0].content, result.responses[0].on_behalf) == ("No.", False)


async def test_a_subject_can_be_enough(open_desk: OpenDesk, alice: User, bob: User) -> None:
    """Where the policy says so, for the awaited address, found at once or later."""
    desk = await open_desk(policy=Policy(match_by_subject=True))
    lost = {"In_Reply_To": "<rewritten@elsewhere.test>", "Subject": "AW: [EXTERN] Re: Question"}
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    desk.answer(reply(sent, bob, "Mine is no answer.", **lost))
    desk.answer(reply(sent, alice, "This is another matter.", **lost | {"Subject": "Another question"}))
    desk.answer(reply(sent, alice, "To your other letter.", **lost | {"In_Reply_To": "<other@lab.test>"}))
    desk.answer(reply(sent, alice, "Yes.", **lost))
    assert (await result_of(wait)).responses[0].content == "Yes."
    later = await desk.send(alice, subject="What else?", **ID)
    desk.answer(reply(later, alice, "Also yes.", **lost | {"Subject": "Re: What else?"}))
    result = await result_of(await desk.await_answers(later))
    assert (result.responses[0].content, result.excluded) == ("Also yes.", ())
