"""Oversize: what is larger than Temporal carries has an end and a name, in both directions."""

import asyncio
from typing import Any

import pytest

from mail.draft import MOST_RECIPIENTS
from tests.attack.asking import refusal
from tests.live.desk import CASE, Desk, eventually

pytestmark = pytest.mark.live

LONG = "x" * 1_200_000
LETTER: dict[str, Any] = {"recipients": "alice@lab.test", "subject": "x", "content": "x"}
SEARCH: dict[str, Any] = {"folder_name": "INBOX", "time_frame_minutes": 5, "max_emails_to_return": 5}
REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "template": ("SendEmail", LETTER | {"content": {"template": LONG}}, "InvalidRequest"),
    "account": ("SendEmail", LETTER | {"account": LONG}, "UnknownAccount"),
    "attachment": ("SendEmail", LETTER | {"attachments_paths": [f"/{LONG}"]}, "AttachmentForbidden"),
    "recipient": ("SendEmail", LETTER | {"recipients": f"a@{LONG}"}, "InvalidRequest"),
    "unknown name": ("SendEmail", LETTER | {LONG: 1}, "InvalidRequest"),
    "folder": ("SearchEmail", SEARCH | {"folder_name": [LONG]}, "InvalidRequest"),
    "folders": ("SearchEmail", SEARCH | {"folder_name": [f"folder-{n}" for n in range(3_000)]}, "FolderNotFound"),
    "recipients": (
        "SendEmail",
        LETTER | {"recipients": [f"a{n}@lab.test" for n in range(MOST_RECIPIENTS + 1)]},
        "InvalidRequest",
    ),
    "destination": (
        "MoveEmailToFolder",
        {"source_folder_name": "INBOX", "destination_folder_name": LONG, "subject_filter": "x"},
        "InvalidRequest",
    ),
    "download_path": (
        "DownloadEmailAttachments",
        {"folder_name": "INBOX", "download_path": f"/{LONG}", "subject_filter": "x"},
        "AttachmentForbidden",
    ),
}


async def test_a_long_argument_fails_by_its_own_name(desk: Desk) -> None:
    """The failure itself has to fit, or Temporal replaces it by one that misleads."""
    asked = (refusal(desk, action, **arguments) for action, arguments, _ in REFUSED.values())
    failures = dict(zip(REFUSED, await asyncio.gather(*asked), strict=True))
    assert {name: one.type for name, one in failures.items()} == {name: end for name, (_, _, end) in REFUSED.items()}
    assert all(len(one.message) < 20_000 for one in failures.values())


async def test_a_letter_as_long_as_an_input_can_be_is_sent(desk: Desk) -> None:
    """Just below 2 MiB it travels through every step."""
    sent = await desk.send("alice@lab.test", content="word " * 400_000, subject="long")
    assert sent.status == "sent"


async def test_more_than_an_input_can_be_never_starts(desk: Desk) -> None:
    """Temporal itself refuses it, and says so."""
    arguments = CASE | LETTER | {"content": "x" * 2_200_000}
    with pytest.raises(Exception, match=r"(?i)limit|too large|exceed"):
        await desk.temporal.start_workflow("SendEmail", arguments, id=desk.new_id(), task_queue=desk.name)
    assert await eventually(lambda: desk.lab.messages(desk.name, "Sent") == [])
