"""Wait for Email from User, from the first answer to the last moment."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.workflows.story import ALICE, BOB, CAROL, Story, states

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = 24 * 60


async def test_a_wait_of_thirty_days_ends_with_the_last_answer(story: Story) -> None:
    """Two people answer in their own time."""
    wait = await story.wait(ALICE, BOB, wait_stage_timeout_minutes=30 * DAY, wait_for_all_recipients_to_reply=True)
    await story.after(days=3)
    await story.answer(wait, ALICE, "It was me.")
    await story.after(days=20)
    await story.answer(wait, BOB, "Not me.")
    result = await wait.result()
    assert (result.status, states(result)) == ("replied", {ALICE: "replied", BOB: "replied"})
    assert [one.content for one in result.responses] == ["It was me.", "Not me."]
    assert result.message == "2 of 2 recipients replied."


async def test_nobody_answers(story: Story) -> None:
    """At the deadline it is said who owes an answer."""
    wait = await story.wait(ALICE, BOB)
    result = await wait.result()
    assert (result.status, states(result)) == ("timed_out", {ALICE: "pending", BOB: "pending"})
    assert result.message == "Timed out: 0 of 2 recipients replied."
    assert await story.ended(wait) >= result.deadline


async def test_the_first_answer_is_enough_unless_all_are_asked_for(story: Story) -> None:
    """The others stay pending."""
    wait = await story.wait(ALICE, BOB)
    await story.answer(wait, BOB)
    result = await wait.result()
    assert (result.status, states(result)) == ("replied", {ALICE: "pending", BOB: "replied"})


async def test_some_of_all_answer_in_time(story: Story) -> None:
    """What came is not lost at the time-out."""
    wait = await story.wait(ALICE, BOB, CAROL, wait_for_all_recipients_to_reply="true")
    await story.after(minutes=10)
    await story.answer(wait, BOB)
    result = await wait.result()
    assert (result.status, states(result)) == (
        "partially_replied",
        {ALICE: "pending", BOB: "replied", CAROL: "pending"},
    )
    assert await story.ended(wait) >= result.deadline


async def test_an_answer_from_before_the_wait_counts(story: Story) -> None:
    """People may be quicker than playbooks."""
    await story.receive(ALICE)
    result = await (await story.wait(ALICE)).result()
    assert result.status == "replied"


async def test_an_answer_that_nobody_told_of_is_found_at_the_deadline(story: Story) -> None:
    """Pushed for latency, searched for truth."""
    wait = await story.wait(ALICE)
    await story.after(minutes=50)
    await story.receive(ALICE)
    result = await wait.result()
    assert result.status == "replied"


async def test_an_answer_after_the_deadline_does_not_count(story: Story) -> None:
    """What counts is when the server took it in, not when it is seen."""
    now = await story.now()
    await story.receive(ALICE, arrived=now + timedelta(minutes=61))
    await story.receive(BOB, arrived=now + timedelta(minutes=59))
    wait = await story.wait(ALICE, BOB, email_date=now, wait_for_all_recipients_to_reply=True)
    result = await wait.result()
    assert states(result) == {ALICE: "pending", BOB: "replied"}


async def test_a_wait_that_starts_after_its_deadline_looks_before_it_ends(story: Story) -> None:
    """An answer that came in time counts; the clock is not asked for more time."""
    now = await story.now()
    await story.receive(ALICE, arrived=now - timedelta(minutes=90))
    wait = await story.wait(ALICE, BOB, email_date=now - timedelta(minutes=120), wait_for_all_recipients_to_reply=True)
    result = await wait.result()
    assert (result.status, states(result)) == ("partially_replied", {ALICE: "replied", BOB: "pending"})
    assert await story.ended(wait) < now + timedelta(minutes=1)


async def test_looks_grow_rare(story: Story) -> None:
    """An hour, four hours, … a week at most, and once more at the deadline."""
    wait = await story.wait(ALICE, wait_stage_timeout_minutes=30 * DAY)
    result = await wait.result()
    looks = story.mailbox.looks
    pauses = [(later - earlier) / timedelta(hours=1) for earlier, later in pairwise(looks)]
    expected = [1, 4, 16, 64, 168, 168, 168]
    assert pauses[:-1] == pytest.approx(expected, rel=0.12)
    assert looks[-1] >= result.deadline


@pytest.mark.parametrize("copies", [2, 5])
async def test_the_same_message_counts_once(story: Story, copies: int) -> None:
    """Told again and again, found by a look, and lying in a second folder."""
    wait = await story.wait(
        ALICE, BOB, wait_for_all_recipients_to_reply=True, folder_to_check_for_reply="INBOX, Archive"
    )
    arrived = await story.now()
    pointer = await story.receive(ALICE, message_id="<one@example.org>", arrived=arrived)
    for _ in range(copies):
        await story.point(wait, pointer)
    story.mailbox.receive(story.mailbox.messages[pointer.identity], folder="Archive")
    result = await wait.result()
    assert states(result) == {ALICE: "replied", BOB: "pending"}
    assert len([read for read in story.mailbox.reads if read.pointer == pointer]) == 1
    assert result.excluded == ()


async def test_a_second_answer_leaves_the_first_alone(story: Story) -> None:
    """The first is what the caller waited for."""
    wait = await story.wait(ALICE, BOB, wait_for_all_recipients_to_reply=True)
    await story.answer(wait, ALICE, "It was me.")
    await story.after(minutes=5)
    await story.answer(wait, ALICE, "Thanks!")
    result = await wait.result()
    assert result.responses[0].content == "It was me."


async def test_a_message_that_is_gone_is_nothing(story: Story) -> None:
    """Somebody may have moved it before it could be read."""
    wait = await story.wait(ALICE)
    pointer = await story.receive(ALICE)
    story.mailbox.pointers.clear()
    story.mailbox.messages.clear()
    await story.point(wait, pointer)
    assert (await wait.result()).status == "timed_out"


async def test_a_folder_that_is_missing_is_told(story: Story) -> None:
    """As long as there is another."""
    wait = await story.wait(ALICE, folder_to_check_for_reply="INBOX, Nowhere")
    await story.answer(wait, ALICE)
    result = await wait.result()
    assert [(folder.name, folder.status) for folder in result.folders] == [
        ("INBOX", "searched"),
        ("Nowhere", "not_found"),
    ]


async def test_texts_share_what_a_result_can_carry(story: Story) -> None:
    """Fifty long answers must still fit into one payload of 2 MiB."""
    people = [f"p{number}@example.org" for number in range(50)]
    wait = await story.wait(*people)
    await story.answer(wait, people[0])
    await wait.result()
    (read,) = story.mailbox.reads
    assert 3 * len(people) * read.text_limit <= 1_200_000
