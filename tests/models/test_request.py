"""What every request shares: names, faults, entities."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from models.send import SendEmailRequest
from models.send_and_wait import SendEmailAndWaitRequest
from models.wait import ExtendDeadline, MessagePointer, RecordReply, WaitForEmailFromUserRequest
from tests.models.conftest import Refusal

Send = Callable[..., SendEmailRequest]
Wait = Callable[..., WaitForEmailFromUserRequest]


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("recipient", "recipients"),
        ("Recipients", "recipients"),
        ("attachment_paths", "attachments_paths"),
        ("caseid", "case_id"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(send_request: Send, refusal: Refusal, written: str, nearest: str) -> None:
    """Names are exactly those of the contract."""
    assert f"{written}: unknown name; did you mean {nearest!r}?" in refusal(send_request, **{written: "x"}).message


def test_a_name_like_no_other_is_told_all(send_request: Send, refusal: Refusal) -> None:
    """There is no nearest."""
    message = refusal(send_request, qqqq="x").message
    assert "qqqq: unknown name; known are: account, alert_group_identifiers, " in message


def test_every_wrong_field_is_named(wait_request: Wait, refusal: Refusal) -> None:
    """For people in the sentence, for programs in the details."""
    error = refusal(wait_request, case_id="", email_date="x", email_recipients="jane", reminders=[{"after": 5}])
    (faults,) = error.details
    fields = [fault["field"] for fault in faults]
    assert fields == [
        "case_id",
        "reminders.0.after_minutes",
        "reminders.0.content",
        "reminders.0.after",
        "email_date",
        "email_recipients.0",
    ]
    assert all(f"{field}: " in error.message for field in fields)
    assert error.non_retryable


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"case_id": ""}, "case_id: Field required"),
        ({"subject": None}, "subject: Field required"),
        ({"subject": ["x"]}, "subject: it must be text"),
        ({"recipients": " , "}, "recipients: give at least one"),
        ({"attachments_paths": 5}, "attachments_paths: it must be a list"),
        ({"content": {"text": "x", "variables": "y"}}, "content.variables: it must be an object"),
        ({"content": ""}, "content: the content is empty: give text, html or template"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_json(
    send_request: Send, refusal: Refusal, arguments: dict[str, object], sentence: str
) -> None:
    """Callers know no tuples and no models."""
    assert refusal(send_request, **arguments).message == f"invalid request: {sentence}"


def test_what_was_written_is_not_repeated(send_request: Send, refusal: Refusal) -> None:
    """It may be a secret in the wrong place."""
    error = refusal(send_request, password="hunter2", subject={"x": "hunter2"}, scope=["hunter2"])
    assert "hunter2" not in f"{error.message}{error.details}{error.__cause__}{error.__context__}"


@pytest.mark.parametrize(
    "given",
    [
        [{"Identifier": "jane", "EntityType": "USER"}],
        '[{"Identifier": "jane", "EntityType": "USER"}]',
        ({"Identifier": "jane", "EntityType": "USER"},),
    ],
)
def test_entities_are_an_array_or_its_text(send_request: Send, given: object) -> None:
    """Under the SOAR's own names."""
    (entity,) = send_request(target_entities=given).target_entities
    assert (entity.identifier, entity.entity_type) == ("jane", "USER")


def test_an_entity_with_an_unknown_name_is_told_the_nearest(send_request: Send, refusal: Refusal) -> None:
    """As everywhere."""
    error = refusal(send_request, target_entities=[{"Identifier": "jane", "Type": "USER"}])
    assert "target_entities.0.Type: unknown name; did you mean 'EntityType'?" in error.message


def test_reminders_may_come_as_text(wait_request: Wait) -> None:
    """With their own arguments read like all others."""
    (reminder,) = wait_request(reminders='[{"after_minutes": "30", "content": {"Content": "Please!"}}]').reminders
    assert (reminder.after_minutes, reminder.content.text) == (30, "Please!")


@pytest.mark.parametrize("given", [30, "30", {"minutes": "30"}])
def test_an_extension_may_be_a_bare_number(given: object) -> None:
    """`temporal workflow update … --input 30` is what people type."""
    assert ExtendDeadline.model_validate(given).minutes == 30


@pytest.mark.parametrize("given", [None, [30], True, "soon", {"minuets": 30}, 0])
def test_what_is_no_extension_is_refused(given: object) -> None:
    """A boolean is not one minute."""
    with pytest.raises(ValidationError):
        ExtendDeadline.model_validate(given)


def test_an_answer_by_telephone_names_its_recipient_as_letters_do() -> None:
    """With the name, as it stands in the address book."""
    recorded = RecordReply.model_validate({"recipient": "Bob <bob@x.org>", "content": "yes", "by": "the analyst"})
    assert recorded.recipient == "bob@x.org"


def test_send_and_wait_takes_the_arguments_of_both() -> None:
    """Less those that name a letter which has been sent."""
    arguments = set(SendEmailAndWaitRequest.model_fields)
    wait_only = {"email_message_id", "email_date", "email_recipients"}
    assert arguments == set(SendEmailRequest.model_fields) | set(WaitForEmailFromUserRequest.model_fields) - wait_only


def test_a_request_travels_as_json_unchanged(wait_request: Wait) -> None:
    """Workflows that continue as new send theirs to themselves."""
    request = wait_request(reminders=[{"after_minutes": 5, "content": "<p>x</p>"}], folder_to_check_for_reply='"a, b"')
    assert WaitForEmailFromUserRequest.model_validate_json(request.model_dump_json(by_alias=True)) == request


def test_what_a_newer_worker_adds_is_passed_over() -> None:
    """During a roll-out old and new workers share the queues: a field that one does not know must end no wait."""
    pointer = MessagePointer.model_validate({"folder": "INBOX", "uid_validity": 1, "uid": 2, "added_later": True})
    assert pointer == MessagePointer(folder="INBOX", uid_validity=1, uid=2)
