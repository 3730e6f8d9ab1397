"""Requests that are right, to be made wrong in one place."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from activities.failure import refused_request
from models.send import SendEmailRequest
from models.wait import WaitForEmailFromUserRequest

Refusal = Callable[..., ApplicationError]


@pytest.fixture
def send_request() -> Callable[..., SendEmailRequest]:
    """Reads a Send Email request as a SOAR sends it."""

    def read(**arguments: Any) -> SendEmailRequest:
        given = {
            "case_id": "7",
            "alert_group_identifiers": ["alert-1"],
            "recipients": "alice@example.org",
            "subject": "Was it you?",
            "content": "Please answer.",
        }
        return SendEmailRequest.model_validate({**given, **arguments})

    return read


@pytest.fixture
def wait_request() -> Callable[..., WaitForEmailFromUserRequest]:
    """Reads a Wait for Email from User request as a SOAR sends it."""

    def read(**arguments: Any) -> WaitForEmailFromUserRequest:
        given = {
            "case_id": "7",
            "alert_group_identifiers": ["alert-1"],
            "email_message_id": "<letter@soc.example>",
            "email_date": "2026-03-01T10:00:00Z",
            "email_recipients": "alice@example.org",
            "wait_stage_timeout_minutes": "60",
        }
        return WaitForEmailFromUserRequest.model_validate({**given, **arguments})

    return read


@pytest.fixture
def refusal() -> Refusal:
    """What a caller is told about a request that is wrong."""

    def refuse(read: Callable[..., object], **arguments: Any) -> ApplicationError:
        with pytest.raises(ValidationError) as caught:
            read(**arguments)
        return refused_request(caught.value)

    return refuse
