"""Those who are away: what they say is told, and the wait gives them time once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.wait import Absence, AwaitedLetter, ReadReply, WaitArguments
from models.wait_state import WaitState
from tests.workflows.story import ALICE, BOB, CASE, Story, message
from workflows.absence import extension_for
from workflows.conversation import Conversation
from workflows.progress import details
from workflows.waiting import Waiting

pytestmark = pytest.mark.asyncio(loop_scope="session")
AWAY = Absence(until=date(2026, 12, 5), delegate="dora@example.org")
NOW, HOUR = datetime(2026, 11, 22, tzinfo=UTC), timedelta(hours=1)


async def test_an_absence_is_told_with_its_words(story: Story) -> None:
    """Until when, and who stands in."""
    wait = await story.wait(ALICE)
    await story.answer(wait, ALICE, "I am away. Ask Dora.", kind="auto_reply", absence=AWAY)
    (excluded,) = (await wait.result()).excluded
    assert (excluded.reason, excluded.text) == ("auto_reply", "I am away. Ask Dora.")
    assert (excluded.until, excluded.delegate) == (AWAY.until, AWAY.delegate)


async def test_an_absence_puts_the_deadline_off_once(story: Story) -> None:
    """Progress says by how much, the watch is told in time, and an answer that comes later counts."""
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True, extend_on_absence="120")
    deadline = (await wait.query(Waiting.progress)).deadline
    for person in (ALICE, BOB):
        await story.answer(wait, person, kind="auto_reply", absence=AWAY)
    progress = await story.progress(wait, lambda progress: len(progress.excluded) == 2)
    assert (progress.deadline - deadline, progress.extended_minutes) == (2 * HOUR, 120)
    await story.after(hours=2)
    assert len(story.mailbox.looks) > 1
    await story.answer(wait, ALICE)
    await story.answer(wait, BOB)
    assert (await wait.result()).status == "replied"


async def test_an_absence_found_at_the_deadline_still_counts(story: Story) -> None:
    """Nobody had told the wait; it goes on instead of timing out."""
    wait = await story.wait(ALICE, extend_on_absence=60)
    await story.receive(ALICE, kind="auto_reply", absence=AWAY)
    result = await wait.result()
    assert (result.status, result.extended_minutes) == ("timed_out", 60)
    assert await story.ended(wait) >= result.deadline


@pytest.mark.parametrize(
    ("asked", "policy", "minutes"), [(None, 60, 60), (0, 60, 0), (30, 60, 30), (None, 0, 0), ("", 60, 60)]
)
async def test_the_policy_decides_unless_the_request_does(asked: object, policy: int, minutes: int) -> None:
    """Zero means never."""
    assert extension(message(ALICE, arrived=NOW, kind="auto_reply", absence=AWAY), asked, policy) == minutes


@pytest.mark.parametrize(
    "reply",
    [
        message(BOB, arrived=NOW, kind="auto_reply", absence=AWAY),
        message(ALICE, "Your ticket was opened.", arrived=NOW, kind="auto_reply"),
        message("eve@example.net", arrived=NOW, kind="auto_reply", absence=AWAY),
        message(ALICE, arrived=NOW + HOUR, kind="auto_reply", absence=AWAY),
        message(ALICE, arrived=NOW),
    ],
)
async def test_only_an_absence_of_somebody_who_is_awaited_counts(reply: ReadReply) -> None:
    """Not that of somebody who has answered, not a receipt, not a stranger's, not one that comes too late."""
    assert extension(reply, asked=60) == 0


def extension(reply: ReadReply, asked: object = None, policy: int = 0) -> int:
    """By how many minutes a wait for Alice is lengthened, after Bob has answered."""
    given = {"wait_stage_timeout_minutes": 60, "wait_for_all_recipients_to_reply": True, "extend_on_absence": asked}
    rules = WaitArguments.model_validate({**CASE, **given})
    conversation = Conversation.begin(rules, (ALICE, BOB))
    conversation.take(message(BOB, arrived=NOW), NOW)
    letter = AwaitedLetter(account="", message_ids=(), since=NOW, folders=())
    wait = WaitState(letter=letter, deadline=NOW, next_look=NOW, look_interval=HOUR, extend_on_absence=policy)
    outcome = conversation.take(reply, wait.deadline)
    return extension_for(reply, outcome, rules, wait, conversation) // timedelta(minutes=1)


async def test_the_details_say_why_it_takes_longer(story: Story) -> None:
    """For people who look at Temporal's UI."""
    wait = await story.wait(ALICE, extend_on_absence=60)
    await story.answer(wait, ALICE, kind="auto_reply", absence=AWAY)
    progress = await story.progress(wait, lambda progress: bool(progress.excluded))
    assert "(put off by 60 minutes because somebody is away)" in details(
        progress, since=progress.deadline, next_look=progress.deadline
    )
    await wait.signal(Waiting.stop_waiting, "seen")
    await wait.result()


async def test_responders_that_answer_each_other_do_not_fill_the_result(story: Story) -> None:
    """Each is listed, the texts of the first ones are told, and those are cut."""
    now = await story.now()
    rules = WaitArguments.model_validate({**CASE, "wait_stage_timeout_minutes": 60})
    conversation = Conversation.begin(rules, (ALICE,))
    for _ in range(100):
        conversation.take(message(ALICE, "Away! " * 1000, arrived=now, kind="auto_reply"), now)
    texts = [one.text for one in conversation.excluded if one.text]
    assert (len(conversation.excluded), len(texts), max(map(len, texts))) == (100, 25, 2_000)
