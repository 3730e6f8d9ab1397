"""Send Thread Reply and Forward Email as SOARs ask for them."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.forward import ForwardEmailRequest
from models.thread_reply import SendThreadReplyRequest

CASE = {"case_id": "7", "alert_group_identifiers": ["alert-1"]}
REPLY = CASE | {"message_id": "<1@x.example>", "folder_name": 'INBOX, "Reports, 2026"', "content": "Thanks."}
FORWARD = CASE | {
    "folder_name": "INBOX",
    "message_id_of_email_to_forward": "1@x.example",
    "recipients": "a@x.example, b@x.example",
    "subject": "Fwd",
}


def test_a_reply_is_read_as_it_is_written() -> None:
    """Strings for lists and switches, and nothing for what is not given."""
    read = SendThreadReplyRequest.model_validate(
        REPLY | {"reply_all": "True", "reply_to": "", "attachment_paths": None}
    )
    assert (read.folder_name, read.reply_all) == (("INBOX", "Reports, 2026"), True)
    assert (read.reply_to, read.attachment_paths) == ((), ())


def test_a_forward_needs_no_content() -> None:
    """The message that goes along says enough."""
    read = ForwardEmailRequest.model_validate(
        FORWARD | {"content": "", "return_message_id_for_the_forwarded_email": "1"}
    )
    assert (read.content, read.return_message_id_for_the_forwarded_email) == (None, True)
    assert [one.address for one in read.recipients] == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize("field", ["message_id", "folder_name", "content"])
def test_what_a_reply_needs_is_named(field: str) -> None:
    """One field at a time."""
    with pytest.raises(ValidationError) as caught:
        SendThreadReplyRequest.model_validate(REPLY | {field: ""})
    assert [line["loc"][0] for line in caught.value.errors()] == [field]


@pytest.mark.parametrize("field", ["message_id_of_email_to_forward", "folder_name", "recipients"])
def test_what_a_forward_needs_is_named(field: str) -> None:
    """One field at a time."""
    broken: dict[str, Any] = FORWARD | {field: ""}
    with pytest.raises(ValidationError) as caught:
        ForwardEmailRequest.model_validate(broken)
    assert [line["loc"][0] for line in caught.value.errors()] == [field]
