"""What can be asked of sending."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.send import MOST_LETTERS, SendEmailRequest

LETTER = {
    "case_id": "7",
    "alert_group_identifiers": "group-1",
    "recipients": "a@x.org, b@x.org",
    "subject": "Question",
    "content": "Is it you?",
}


def request(**arguments: Any) -> SendEmailRequest:
    return SendEmailRequest.model_validate(LETTER | arguments)


@pytest.mark.parametrize(("written", "meant"), [("true", True), ("false", False), ("", False), (True, True)])
def test_one_letter_per_recipient_may_be_text(written: object, meant: bool) -> None:
    """As every flag."""
    assert request(one_letter_per_recipient=written).one_letter_per_recipient is meant


@pytest.mark.parametrize("subject", ["", "  ", None])
def test_a_letter_has_a_subject(subject: str | None) -> None:
    """An empty text is "not given", and this one must be."""
    with pytest.raises(ValidationError) as raised:
        request(subject=subject)
    assert [fault["loc"] for fault in raised.value.errors()] == [("subject",)]


@pytest.mark.parametrize(
    "arguments",
    [
        {"cc": "c@x.org"},
        {"bcc": "c@x.org"},
        {"recipients": [f"a{number}@x.org" for number in range(MOST_LETTERS + 1)]},
        {"content": "x" * 5_000_000},
    ],
)
def test_what_cannot_be_split_is_refused_by_name(arguments: dict[str, Any]) -> None:
    """Copies make no sense then; and a workflow's history has its limits."""
    assert request(**arguments)
    with pytest.raises(ValidationError) as raised:
        request(one_letter_per_recipient="true", **arguments)
    (fault,) = raised.value.errors()
    assert fault["loc"] == ("one_letter_per_recipient",)
