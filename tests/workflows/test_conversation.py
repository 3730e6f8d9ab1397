"""What a message does to a conversation, without any workflow around it."""

from datetime import UTC, datetime, timedelta

import pytest

from models.wait import ReadReply, WaitForEmailFromUserRequest, WaitResult
from tests.workflows.story import delivery_report, message
from workflows.conversation import Conversation

NOW = datetime(2026, 11, 2, tzinfo=UTC)
DEADLINE = NOW + timedelta(hours=1)
ALICE, BOB, DAEMON = "alice@example.org", "bob@example.org", "mailer-daemon@example.org"


@pytest.fixture
def conversation() -> Conversation:
    rules = WaitForEmailFromUserRequest.model_validate(
        {
            "case_id": "1",
            "alert_group_identifiers": ["a"],
            "email_message_id": "<a@b>",
            "email_date": NOW,
            "email_recipients": [ALICE, BOB],
            "wait_stage_timeout_minutes": 60,
        }
    )
    return Conversation.begin(rules, (ALICE, BOB))


def report(**fields: object) -> ReadReply:
    """A report that gives nobody up."""
    return message(DAEMON, arrived=NOW, kind="bounce").model_copy(update={"rule": "mailer_daemon", **fields})


def test_a_delay_is_told_and_ends_nothing(conversation: Conversation) -> None:
    """Nothing of the conversation is lost silently."""
    conversation.take(report(), DEADLINE)
    assert conversation.pending == (ALICE, BOB)
    assert [(one.sender, one.reason, one.rule) for one in conversation.excluded] == [
        (DAEMON, "delivery_report", "mailer_daemon")
    ]


def test_a_report_that_nothing_ties_to_the_letter_changes_nothing(conversation: Conversation) -> None:
    """Neither who is pending nor what is told."""
    conversation.take(report(tied=False), DEADLINE)
    assert (conversation.pending, conversation.excluded) == ((ALICE, BOB), ())


def test_when_all_have_bounced_the_letter_was_undeliverable(conversation: Conversation) -> None:
    """One report after the other."""
    conversation.take(delivery_report(ALICE, arrived=NOW), DEADLINE)
    assert (conversation.pending, conversation.over) == ((BOB,), False)
    conversation.take(delivery_report(BOB, arrived=NOW), DEADLINE)
    assert (conversation.over, conversation.status, conversation.excluded) == (True, "undeliverable", ())


def test_what_is_excluded_says_by_which_rule(conversation: Conversation) -> None:
    """Empty where no rule took it for a machine's."""
    away = message(ALICE, arrived=NOW, kind="auto_reply").model_copy(update={"rule": "auto_submitted"})
    conversation.take(away, DEADLINE)
    conversation.take(message("eve@example.org", arrived=NOW), DEADLINE)
    told = [(one.reason, one.rule) for one in conversation.excluded]
    assert told == [("auto_reply", "auto_submitted"), ("unknown_sender", "")]


def test_a_second_thought_is_told(conversation: Conversation) -> None:
    """The first answer counts; that somebody has taken it back must not vanish."""
    conversation.take(message(ALICE, "It was me.", arrived=NOW, message_id="<1@x>"), DEADLINE)
    outcome = conversation.take(message(ALICE, "No, it was not.", arrived=NOW, message_id="<2@x>"), DEADLINE)
    (excluded,) = conversation.excluded
    assert (outcome, excluded.reason, excluded.text) == ("answered_before", "answered_before", "No, it was not.")
    assert conversation.responses[0].content == "It was me."


def test_a_flood_leaves_room_for_answers(conversation: Conversation) -> None:
    """All that a wait knows travels as one payload of 2 MiB at the most; what is not listed is counted."""
    for number in range(5_000):
        flood = message("eve@example.org", arrived=NOW, message_id=f"<{number}@{'x' * 100}>")
        place = f"uid:1/{number}/INBOX"
        conversation.take(flood.model_copy(update={"identities": (place, *flood.identities)}), DEADLINE)
    assert (len(conversation.excluded), conversation.more_excluded) == (500, 4_500)
    assert len(conversation.state.model_dump_json()) < 500_000
    conversation.take(message(ALICE, arrived=NOW), DEADLINE)
    assert conversation.pending == (BOB,)


def test_results_of_older_histories_are_read() -> None:
    """What was excluded before rules were told."""
    excluded = {"from": ALICE, "message_id": None, "date": None, "reason": "auto_reply"}
    result = {"status": "timed_out", "deadline": NOW, "message": "", "case_id": "1", "account": "soc"}
    assert WaitResult.model_validate({**result, "responses": [], "excluded": [excluded]}).excluded[0].rule == ""
