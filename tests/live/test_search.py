"""Search Email through Temporal and Dovecot, the way a SOAR asks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from client import ActionFailed, Started
from dev.lab.fill import Filed, fill
from models.search import SearchEmailRequest, SearchEmailResult
from tests.live.desk import CASE, Desk
from workflows.search import SearchEmail

pytestmark = pytest.mark.live

# As strings, the way SOARs send everything.
SEARCH = CASE | {"folder_name": "INBOX, Archive", "time_frame_minutes": "60", "max_emails_to_return": "100"}
# What JSON makes twice as long.
ESCAPED = b'"\\' * 39 + b"\r\n"


async def search(desk: Desk, **more: Any) -> SearchEmailResult:
    """Search as a SOAR would."""
    return await desk.mail.search_email(SearchEmailRequest.model_validate(SEARCH | more), workflow_id=desk.new_id())


async def failure(desk: Desk, **more: Any) -> ActionFailed:
    """How the search fails, when JSON reaches the worker as it was written."""
    search = await desk.temporal.start_workflow(
        SearchEmail.__name__, SEARCH | more, id=desk.new_id(), task_queue=desk.name
    )
    with pytest.raises(ActionFailed) as raised:
        await Started(search).result()
    return raised.value


async def test_what_matches_is_found(desk: Desk) -> None:
    """Newest first, and the sentence says how many."""
    for number in (1, 2, 3):
        fill(desk.lab, desk.name, [Filed(b"Subject: Rechnung %d\r\n\r\nHi\r\n" % number, datetime.now(UTC))], "Archive")
    found = await search(desk, max_emails_to_return="2", subject_filter="rechnung")
    assert (found.status, found.truncated, found.account, found.case_id) == ("found", True, desk.name, "7")
    assert [email.subject for email in found.emails] == ["Rechnung 3", "Rechnung 2"]
    assert found.message == "2 emails found; more match, these are the newest."


async def test_nothing_found_is_a_result(desk: Desk) -> None:
    """Not a failure; the folders say what was searched."""
    found = await search(desk, folder_name="INBOX, Nowhere")
    assert (found.status, found.emails, found.message) == ("nothing_found", (), "No email matches.")
    assert [(one.name, one.status) for one in found.folders] == [("INBOX", "searched"), ("Nowhere", "not_found")]


async def test_a_hundred_large_mails_come_through(desk: Desk) -> None:
    """Temporal carries the result, whatever JSON makes of the texts; each mail has its share of it."""
    now = datetime.now(UTC)
    large = b"Subject: large\r\n\r\n" + ESCAPED * 5_000
    fill(desk.lab, desk.name, (Filed(large, now - timedelta(seconds=age)) for age in range(100)))
    found = await search(desk)
    assert len(found.emails) == 100
    assert {email.text_truncated for email in found.emails} == {True}
    assert {len(email.text) > 5_000 for email in found.emails} == {True}
    assert 1_500_000 < len(found.model_dump_json().encode()) < 2 * 1024 * 1024


async def test_no_folder_at_all_is_a_failure(desk: Desk) -> None:
    """With each folder's outcome."""
    failed = await failure(desk, folder_name=["Nowhere", "Elsewhere"])
    assert failed.type == "FolderNotFound"
    assert [one["status"] for one in failed.details[0]["folders"]] == ["not_found", "not_found"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"folder_name": ""}, "folder_name"),
        ({"time_frame_minutes": "0"}, "time_frame_minutes"),
        ({"max_emails_to_return": "1001"}, "max_emails_to_return"),
        ({"max_emails_to_return": "-1"}, "max_emails_to_return"),
        ({"subject_filter": "a\r\nb LOGOUT"}, "subject_filter"),
        ({"sender": "bob"}, "sender_filter"),
    ],
)
async def test_bad_input_is_refused_at_once(desk: Desk, wrong: dict[str, Any], field: str) -> None:
    """The failure names the field, or the one that was probably meant."""
    failed = await failure(desk, **wrong)
    assert (failed.type, field in failed.message) == ("InvalidRequest", True)
