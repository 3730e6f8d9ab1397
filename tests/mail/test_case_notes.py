"""Notes of a case: a line each, once."""

import json
from datetime import UTC, datetime
from pathlib import Path

from mail.case_notes import CaseNotes
from mail.storage import Storage
from models.late_reply import LateReply

LATE = LateReply(
    case_id="4711",
    account="soc",
    wait_id="wait-1",
    letter_message_id="<letter@soc.example>",
    recipient="alice@example.org",
    sender="alice@example.org",
    subject="Re: Was it you?",
    content="Sorry,\nI was away.",
    date=datetime(2026, 11, 22, tzinfo=UTC),
    message_id="<late@example.org>",
    folder="INBOX",
)


async def test_each_reply_is_one_line(tmp_path: Path) -> None:
    """However often it is told, and whatever was written before."""
    notes = tmp_path / "4711" / "late-replies.jsonl"
    notes.parent.mkdir()
    notes.write_text('{"cut short', encoding="utf-8")
    case = CaseNotes(Storage(f"file://{tmp_path}"), "4711")
    for content in ("Sorry,\nI was away.", "Sorry,\nI was away.", "Really."):
        await case.add(LATE.model_copy(update={"content": content}))
    _, *lines = notes.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["content"] for line in lines] == ["Sorry,\nI was away.", "Really."]
    assert json.loads(lines[0])["from"] == "alice@example.org"
