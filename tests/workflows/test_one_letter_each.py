"""One letter per recipient: each names one person, and what comes back is that person's."""

import pytest

from mail.errors import MessageRejected, SendOutcomeUnknown
from models.send import DeliverRequest
from tests.workflows.story import ALICE, BOB, CAROL, Story, states

pytestmark = pytest.mark.asyncio(loop_scope="session")

EACH = {"one_letter_per_recipient": "true"}


def named(delivery: DeliverRequest) -> list[str]:
    """Who stands in To."""
    return [one.address for one in delivery.letter.everybody]


async def test_each_recipient_gets_a_letter_that_names_nobody_else(story: Story) -> None:
    """Under an id of its own; the result is that of one letter, and tells the ids."""
    send = await story.send(ALICE, BOB, return_message_id_for_the_sent_email=True, **EACH)
    result = await send.result()
    deliveries = sorted(story.outbox.deliveries, key=named)  # at the same time, in any order
    assert [named(one) for one in deliveries] == [[ALICE], [BOB]]
    assert (result.status, result.recipients, result.message) == ("sent", (ALICE, BOB), "Sent to 2 recipients.")
    assert result.message_ids == {
        one: delivery.message_id for one, delivery in zip((ALICE, BOB), deliveries, strict=True)
    }
    assert (result.message_id, len(set(result.message_ids.values()))) == (result.message_ids[ALICE], 2)
    assert sorted(story.outbox.filed) == sorted(result.message_ids.values())


async def test_a_letter_that_is_tried_again_is_the_same_letter(story: Story) -> None:
    """Whoever was refused for now gets it later, under the same id."""
    story.outbox.deferred[BOB] = 1
    result = await (await story.send(ALICE, BOB, **EACH)).result()
    first, again = (one.message_id for one in story.outbox.deliveries if named(one) == [BOB])
    assert (first, result.status, result.message_ids) == (again, "sent", {})


async def test_one_failure_does_not_keep_the_others_here(story: Story) -> None:
    """It is told as a refusal, with the server's code."""
    story.outbox.delivery_trouble.error = MessageRejected("the server refuses the letter", code=554)
    story.outbox.delivery_trouble.times = 1
    result = await (await story.send(ALICE, BOB, CAROL, **EACH)).result()
    assert (result.status, len(result.recipients)) == ("partially_sent", 2)
    (refused,) = result.refused
    assert (refused.code, "refuses the letter" in refused.message) == (554, True)


async def test_all_failures_are_one(story: Story) -> None:
    """As with one letter to all."""
    story.outbox.delivery_trouble.error = MessageRejected("the server refuses the letter")
    assert (await story.failure(await story.send(ALICE, BOB, **EACH))).type == "MessageRejected"
    story.outbox.delivery_trouble.error = None
    story.outbox.refused = {ALICE: 550, BOB: 550}
    failure = await story.failure(await story.send(ALICE, BOB, **EACH))
    assert (failure.type, len(failure.details[0]["refused"])) == ("AllRecipientsRefused", 2)


async def test_a_wait_knows_whose_letter_is_whose(story: Story) -> None:
    """So that a token proves who has answered."""
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, **EACH)
    await story.after(minutes=1)
    await story.answer(wait, ALICE)
    await story.answer(wait, BOB)
    result = await wait.result()
    assert (result.status, states(result)) == ("replied", {ALICE: "replied", BOB: "replied"})
    assert result.sent
    letter = story.mailbox.reads[0].letter
    assert {recipient: one for one, recipient in letter.addressees.items()} == result.sent.message_ids
    assert set(letter.message_ids) == set(result.sent.message_ids.values())


async def test_who_may_have_the_letter_can_still_answer(story: Story) -> None:
    """A connection that was lost at the last dot refuses nobody."""
    story.outbox.delivery_trouble.error = SendOutcomeUnknown("it may or may not have been delivered")
    story.outbox.delivery_trouble.times = 1
    wait = await story.send_and_wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, **EACH)
    progress = await story.progress(wait, lambda progress: bool(progress.folders))
    assert set(states(progress).values()) == {"pending"}
    await story.after(minutes=1)
    await story.answer(wait, ALICE)
    await story.answer(wait, BOB)
    result = await wait.result()
    assert result.sent
    assert (result.status, [one.code for one in result.sent.refused]) == ("replied", [0])


async def test_reminders_are_letters_of_their_own_too(story: Story) -> None:
    """In the thread of the letter that each one got."""
    reminder = [{"after_minutes": 10, "content": "Please."}]
    wait = await story.send_and_wait(ALICE, BOB, reminders=reminder, wait_stage_timeout_minutes=30, **EACH)
    result = await wait.result()
    assert result.sent
    reminders = story.outbox.deliveries[2:]
    assert [named(one) for one in reminders] == [[ALICE], [BOB]]
    assert [one.letter.in_reply_to for one in reminders] == list(result.sent.message_ids.values())
    assert len({one.message_id for one in story.outbox.deliveries}) == 4


async def test_a_letter_is_also_known_by_the_name_that_its_service_gave_it(story: Story) -> None:
    """Amazon SES overwrites Message-IDs: answers are looked for under both, at once."""
    story.outbox.renamed_to = "<0100@email.amazonses.com>"
    wait = await story.send_and_wait(ALICE)
    await story.progress(wait, lambda _: len(story.mailbox.looks) > 1)
    await story.answer(wait, ALICE)
    result = await wait.result()
    assert result.sent
    assert result.sent.renamed == {result.sent.message_id: "<0100@email.amazonses.com>"}
    assert story.mailbox.reads[0].letter.message_ids == (result.sent.message_id, "<0100@email.amazonses.com>")
