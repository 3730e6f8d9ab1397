"""The log, line by line."""

import json
import logging

import pytest
from temporalio.exceptions import ApplicationError

from models.wait import AwaitedLetter, MessagePointer, ReadReplyRequest
from observation.logs import JsonLines, TextLines, subject_of


def record(message: str, error: Exception | None = None, **fields: object) -> logging.LogRecord:
    """What somebody has logged, perhaps with an error."""
    caught = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("mail", logging.WARNING, __file__, 1, message, None, caught)
    made.__dict__.update(fields)
    return made


def test_a_line_of_json_has_its_fields() -> None:
    """Those that are known and not empty; what the SDK adds is told by our names."""
    told = {
        "workflow_id": "send/7",
        "workflow_run_id": "r",
        "activity_type": "send.deliver",
        "attempt": 2,
        "namespace": "x",
    }
    line = json.loads(JsonLines().format(record("done", account="soc", message_id="", temporal_activity=told)))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "mail",
        "message": "done",
        "account": "soc",
        "workflow_id": "send/7",
        "run_id": "r",
        "activity": "send.deliver",
        "attempt": 2,
    }


@pytest.mark.parametrize("lines", [JsonLines(), TextLines()])
def test_what_fails_for_a_known_reason_takes_one_line(lines: logging.Formatter) -> None:
    """The traceback of a mail server's answer tells nobody anything."""
    failure = ApplicationError("wrong password", type="AuthenticationFailed")
    line = lines.format(record("failed", failure))
    assert "AuthenticationFailed: wrong password" in line
    assert "Traceback" not in line
    assert "\n" not in line


def test_a_defect_shows_where_it_happened() -> None:
    """Somebody has to mend it."""
    with pytest.raises(KeyError) as caught:
        {"a": 1}["x"]
    line = json.loads(JsonLines().format(record("failed", caught.value)))
    assert line["error"] == "KeyError: 'x'"
    assert "test_logs.py" in line["stack"]


def test_nobody_writes_lines_of_his_own() -> None:
    """A folder may be called as its owner likes."""
    line = TextLines().format(record("opened INBOX\r\n2026 ERROR gone", account="a\nb"))
    assert line.splitlines() == [line]


def test_a_request_names_its_subject_and_nothing_else() -> None:
    """Its own fields before those of its parts."""
    letter = AwaitedLetter.model_validate({"account": "soc", "message_ids": ["<l@x>"], "since": 0, "folders": []})
    request = ReadReplyRequest(
        letter=letter,
        pointer=MessagePointer(folder="INBOX", uid_validity=1, uid=1, message_id="<a@x>"),
        recipients=("alice@x.example",),
        exclude_pattern=None,
        reply_authentication="off",
        text_limit=1,
    )
    assert subject_of([request]) == {"account": "soc", "message_id": "<a@x>"}
    assert subject_of([]) == {}
