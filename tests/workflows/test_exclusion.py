"""What belongs to the conversation and does not count: never lost silently."""

import pytest

from models.wait import Authentication
from tests.workflows.story import ALICE, Story, reasons, states

pytestmark = pytest.mark.asyncio(loop_scope="session")
STRANGER = "eve@example.net"
PASSED = Authentication(result="pass", method="dmarc", domain="example.org")
FAILED = Authentication(result="fail", method="dmarc", domain="example.org")


async def test_an_out_of_office_does_not_count_and_the_answer_after_it_does(story: Story) -> None:
    """The absence is told beside the answer."""
    wait = await story.wait(ALICE)
    await story.answer(wait, ALICE, "I am on holiday.", kind="auto_reply")
    await story.after(minutes=30)
    await story.answer(wait, ALICE, "It was me.")
    result = await wait.result()
    assert (result.status, result.responses[0].content) == ("replied", "It was me.")
    assert [(one.sender, one.reason) for one in result.excluded] == [(ALICE, "auto_reply")]


async def test_automatic_replies_count_when_asked_for(story: Story) -> None:
    """Some playbooks wait for machines."""
    wait = await story.wait(ALICE, ignore_auto_replies="False")
    await story.answer(wait, ALICE, "Ticket 4711 was opened.", kind="auto_reply")
    assert (await wait.result()).responses[0].content == "Ticket 4711 was opened."


async def test_what_matches_the_pattern_does_not_count(story: Story) -> None:
    """The mail layer matches; the wait excludes, and sends the pattern along."""
    wait = await story.wait(ALICE, wait_stage_exclude_pattern="I'll look into it")
    await story.answer(wait, ALICE, "I'll look into it later", excluded=True)
    result = await wait.result()
    assert (result.status, reasons(result)) == ("timed_out", ["exclude_pattern"])
    assert story.mailbox.reads[0].exclude_pattern == "I'll look into it"


async def test_strangers_do_not_answer_for_others(story: Story) -> None:
    """Whoever was not asked is told of."""
    wait = await story.wait(ALICE)
    await story.answer(wait, STRANGER)
    result = await wait.result()
    assert (states(result), reasons(result)) == ({ALICE: "pending"}, ["unknown_sender"])


@pytest.mark.parametrize("verdict", [None, FAILED, Authentication(result="none")])
async def test_what_is_not_proven_does_not_count_where_proof_is_required(
    story: Story, verdict: Authentication | None
) -> None:
    """No verdict is no proof."""
    wait = await story.wait(ALICE, reply_authentication="require")
    await story.answer(wait, ALICE, authentication=verdict)
    result = await wait.result()
    assert (result.status, reasons(result)) == ("timed_out", ["unauthenticated"])


@pytest.mark.parametrize(("rule", "verdict"), [("require", PASSED), ("report", FAILED)])
async def test_a_verdict_is_reported_on_the_response(story: Story, rule: str, verdict: Authentication) -> None:
    """Whether or not proof is required."""
    wait = await story.wait(ALICE, reply_authentication=rule)
    await story.answer(wait, ALICE, authentication=verdict)
    result = await wait.result()
    assert (result.status, result.responses[0].authentication) == ("replied", verdict)


async def test_what_is_excluded_is_listed_once_however_often_it_is_seen(story: Story) -> None:
    """Told twice and found by the look at the deadline."""
    wait = await story.wait(ALICE)
    pointer = await story.receive(ALICE, kind="auto_reply")
    await story.point(wait, pointer)
    await story.point(wait, pointer)
    assert reasons(await wait.result()) == ["auto_reply"]


async def test_everything_is_excluded(story: Story) -> None:
    """The wait times out and says why it heard so much."""
    wait = await story.wait(ALICE)
    await story.answer(wait, ALICE, kind="auto_reply")
    await story.answer(wait, ALICE, excluded=True)
    await story.answer(wait, STRANGER)
    result = await wait.result()
    assert (result.status, reasons(result)) == ("timed_out", ["auto_reply", "exclude_pattern", "unknown_sender"])
