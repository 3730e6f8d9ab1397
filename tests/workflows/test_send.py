"""Send Email: who got it, who did not, and never twice."""

from collections import Counter

import pytest

from mail.errors import AuthenticationFailed, MessageRejected, SendOutcomeUnknown, ServerUnavailable
from tests.workflows.fakes import SUBJECT
from tests.workflows.story import ALICE, BOB, CAROL, Story

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_letter_is_sent(story: Story) -> None:
    """To all of its recipients; the Message-ID is told to those who ask."""
    send = await story.send(ALICE, cc=BOB, bcc=CAROL, return_message_id_for_the_sent_email="True")
    result = await send.result()
    assert (result.status, result.recipients, result.cc, result.bcc) == ("sent", (ALICE,), (BOB,), (CAROL,))
    assert (result.subject, result.message) == (SUBJECT, "Sent to 3 recipients.")
    assert story.outbox.filed == [result.message_id]


async def test_the_message_id_is_told_only_when_asked_for(story: Story) -> None:
    """As the SOAR's action does."""
    assert (await (await story.send(ALICE)).result()).message_id is None


async def test_some_recipients_are_refused(story: Story) -> None:
    """The others have it; who has not is told with the server's words."""
    story.outbox.refused[BOB] = 550
    result = await (await story.send(ALICE, BOB)).result()
    assert (result.status, result.recipients) == ("partially_sent", (ALICE,))
    assert [(one.address, one.code, one.message) for one in result.refused] == [(BOB, 550, "no")]
    assert result.message == "Sent to 1 recipient; 1 recipient refused."


async def test_who_is_refused_for_now_is_tried_again_alone(story: Story) -> None:
    """Those who have the letter do not get it twice."""
    story.outbox.deferred[BOB] = 3
    result = await (await story.send(ALICE, BOB)).result()
    assert (result.status, result.recipients) == ("sent", (ALICE, BOB))
    assert [delivery.only for delivery in story.outbox.deliveries] == [(), (BOB,), (BOB,), (BOB,)]
    assert len({delivery.message_id for delivery in story.outbox.deliveries}) == 1


async def test_who_is_refused_for_now_for_too_long_is_refused(story: Story) -> None:
    """After some minutes of patience."""
    story.outbox.deferred = Counter({BOB: 100})
    result = await (await story.send(ALICE, BOB)).result()
    assert (result.status, [one.code for one in result.refused]) == ("partially_sent", [451])
    assert len(story.outbox.deliveries) == 6


async def test_trouble_while_trying_again_does_not_undo_what_was_sent(story: Story) -> None:
    """The others have it: they must not hear of a failure."""
    story.outbox.deferred = Counter({BOB: 100})
    send = await story.send(ALICE, BOB)
    with story.env.auto_time_skipping_disabled():
        await story.eventually(lambda: bool(story.outbox.deliveries))
    story.outbox.delivery_trouble.error = MessageRejected("the server has changed its mind")
    assert (await send.result()).status == "partially_sent"


async def test_a_doubt_while_trying_again_is_told(story: Story) -> None:
    """Who may have the letter by now is not asked again, and the result says why."""
    story.outbox.deferred = Counter({BOB: 100})
    send = await story.send(ALICE, BOB)
    with story.env.auto_time_skipping_disabled():
        await story.eventually(lambda: bool(story.outbox.deliveries))
    story.outbox.delivery_trouble.error = SendOutcomeUnknown("it may or may not have been delivered")
    (refused,) = (await send.result()).refused
    assert (refused.address, refused.code) == (BOB, 451)
    assert "may or may not" in refused.message


async def test_what_becomes_of_a_doubt_is_the_callers_choice(story: Story) -> None:
    """It goes along with every hand-over; the default is to fail."""
    for choice in ({"on_unknown": "resend"}, {}):
        await (await story.send(ALICE, **choice)).result()
    assert [delivery.on_unknown for delivery in story.outbox.deliveries] == ["resend", "fail"]


async def test_nobody_is_accepted(story: Story) -> None:
    """The action fails and says why, one by one; Temporal's CLI shows the message alone."""
    story.outbox.refused.update({ALICE: 550, BOB: 551})
    failure = await story.failure(await story.send(ALICE, BOB))
    assert failure.type == "AllRecipientsRefused"
    assert failure.message == f"the server accepted none of the recipients: {ALICE}: 550 no; {BOB}: 551 no"
    (details,) = failure.details
    assert [(one["address"], one["code"]) for one in details["refused"]] == [(ALICE, 550), (BOB, 551)]


async def test_a_copy_that_cannot_be_filed_does_not_undo_the_letter(story: Story) -> None:
    """It is sent, and the result says what is missing."""
    story.outbox.filing_trouble.error = AuthenticationFailed("no")
    result = await (await story.send(ALICE)).result()
    assert (result.status, result.message) == ("sent", "Sent to 1 recipient; no copy could be filed in Sent.")


async def test_a_server_that_is_down_is_tried_again(story: Story) -> None:
    """With the same letter."""
    story.outbox.delivery_trouble.error = ServerUnavailable("it is down")
    story.outbox.delivery_trouble.times = 5
    assert (await (await story.send(ALICE)).result()).status == "sent"


@pytest.mark.parametrize(
    "error",
    [AuthenticationFailed("no"), MessageRejected("spam"), SendOutcomeUnknown("lost", message_id="<a@b>")],
)
async def test_what_cannot_help_is_not_tried_again(story: Story, error: MessageRejected) -> None:
    """The failure carries the error's name, words and data."""
    story.outbox.delivery_trouble.error = error
    failure = await story.failure(await story.send(ALICE))
    assert (failure.type, failure.message) == (error.type, error.message)
    assert failure.details == ((error.details,) if error.details else ())
    assert story.outbox.delivery_trouble.times == -2
