"""Move Email To Folder and Delete Email, as a SOAR asks for them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from client import ActionFailed
from mail.imap.session import ImapSession
from models.change import BATCH
from models.delete import DeleteEmailRequest, DeleteEmailResult
from models.move import MoveEmailToFolderRequest, MoveEmailToFolderResult
from tests.live.desk import CASE, Desk
from tests.mail.change.census import Shelf

pytestmark = pytest.mark.live

NAMES = ("Invoice 1", "Invoice 2", "Lunch", "Invoice 3")


@pytest.fixture
async def shelf(desk: Desk) -> AsyncIterator[Shelf]:
    """The desk's mailbox: letters in INBOX and Junk, one of them flagged as deleted by somebody else."""
    server = desk.lab.account(desk.name).imap
    assert server
    onlooker = await ImapSession.open(server)
    shelf = Shelf(onlooker, onlooker)
    await shelf.put("INBOX", *NAMES)
    await shelf.put("INBOX", "Invoice doomed", flags=["\\Seen", "\\Deleted"])
    await shelf.put("Junk", "Invoice 4", "Dinner")
    yield shelf
    await onlooker.close()


async def move(desk: Desk, **more: Any) -> MoveEmailToFolderResult:
    """Move from INBOX and Junk to Archive, unless told otherwise."""
    usual = CASE | {"source_folder_name": "INBOX, Junk", "destination_folder_name": "Archive"}
    request = MoveEmailToFolderRequest.model_validate(usual | more)
    return await desk.mail.move_email_to_folder(request, workflow_id=desk.new_id())


async def delete(desk: Desk, **more: Any) -> DeleteEmailResult:
    """Delete from INBOX and Junk, unless told otherwise."""
    request = DeleteEmailRequest.model_validate(CASE | {"folder_name": ["INBOX", "Junk"]} | more)
    return await desk.mail.delete_email(request, workflow_id=desk.new_id())


async def subjects(shelf: Shelf, folder: str) -> list[str]:
    """What lies in a folder, oldest first."""
    status = await shelf.onlooker.examine(folder)
    everything = [*NAMES, "Invoice doomed", "Invoice 4", "Dinner"]
    return [one.subject for one in await shelf.find(status.name, *everything)]


async def test_each_id_is_moved_or_told(desk: Desk, shelf: Shelf) -> None:
    """From whichever folder has it; what is nowhere, and which folder is missing, is said."""
    ids = "<Invoice2@lab.test>, <Invoice4@lab.test>, nobody@lab.test"
    moved = await move(desk, message_i_ds=ids, source_folder_name="INBOX, Junk, Nowhere")
    assert (moved.status, moved.account) == ("partially_moved", desk.name)
    assert {(one.subject, one.folder, one.destination, one.original) for one in moved.moved} == {
        ("Invoice 2", "INBOX", "Archive", "removed"),
        ("Invoice 4", "Junk", "Archive", "removed"),
    }
    assert [(one.message_id, one.folder) for one in moved.failed] == [("nobody@lab.test", None)]
    assert [(one.name, one.status) for one in moved.folders][-1] == ("Nowhere", "not_found")
    assert await subjects(shelf, "Archive") == ["Invoice 2", "Invoice 4"]


async def test_filters_combine(desk: Desk, shelf: Shelf) -> None:
    """Only what is unread and about invoices; what somebody flagged as deleted and had read stays."""
    moved = await move(desk, subject_filter="invoice", only_unread="true")
    assert moved.status == "moved"
    assert moved.message == "Moved 4 emails to Archive."
    assert await subjects(shelf, "INBOX") == ["Lunch", "Invoice doomed"]
    assert await subjects(shelf, "Junk") == ["Dinner"]


async def test_a_dry_run_touches_nothing(desk: Desk, shelf: Shelf) -> None:
    """It says what would happen, and not that it did."""
    before = await shelf.census()
    moved, deleted = (
        await move(desk, subject_filter="Lunch", dry_run="true"),
        await delete(desk, subject_filter="Invoice", dry_run=True, delete_all_matching_emails=True),
    )
    assert (moved.status, deleted.status) == ("dry_run", "dry_run")
    assert [one.subject for one in moved.would_move] == ["Lunch"]
    assert len(deleted.would_delete) == 5
    assert not moved.moved
    assert not deleted.deleted
    assert await shelf.census() == before


async def test_a_missing_destination_fails_before_anything_moves(desk: Desk, shelf: Shelf) -> None:
    """It is not made: a misspelt name would hide the mail."""
    before = await shelf.census()
    with pytest.raises(ActionFailed) as raised:
        await move(desk, only_unread=True, destination_folder_name="Archvie")
    assert raised.value.type == "FolderNotFound"
    assert "Archvie" in raised.value.message
    assert await shelf.census() == before


async def test_no_folder_at_all_is_a_failure(desk: Desk) -> None:
    """None of those that were named exists."""
    for attempt in (
        move(desk, only_unread=True, source_folder_name="A, B"),
        delete(desk, days_back=0, folder_name="A"),
    ):
        with pytest.raises(ActionFailed) as raised:
            await attempt
        assert raised.value.type == "FolderNotFound"


@pytest.mark.usefixtures("shelf")
async def test_nothing_found_is_a_result(desk: Desk) -> None:
    """The ids that were asked for are still told."""
    moved = await move(desk, message_i_ds="nobody@lab.test")
    assert (moved.status, len(moved.failed)) == ("nothing_found", 1)
    deleted = await delete(desk, subject_filter="no such thing")
    assert (deleted.status, deleted.deleted, deleted.failed) == ("nothing_found", (), ())


async def test_more_than_a_batch(desk: Desk, shelf: Shelf) -> None:
    """Batch by batch, nothing twice and nothing left out."""
    names = [f"Report {number}" for number in range(2 * BATCH + 3)]
    await shelf.put("INBOX", *names)
    moved = await move(desk, subject_filter="Report")
    assert len({one.message_id for one in moved.moved}) == len(moved.moved) == len(names)
    assert len(await shelf.find("Archive", *names)) == len(names)
    deleted = await delete(desk, folder_name="Archive", subject_filter="Report", delete_all_matching_emails=True)
    assert len(deleted.deleted) == len(names)
    assert not (await shelf.census())["Archive"]


async def test_only_the_newest_match_is_deleted(desk: Desk, shelf: Shelf) -> None:
    """Unless all are asked for; and nothing in any other folder changes."""
    before = await shelf.census()
    deleted = await delete(desk, subject_filter="Invoice", folder_name="INBOX", sender_filter="bob")
    assert (deleted.status, deleted.truncated) == ("deleted", False)
    assert [one.subject for one in deleted.deleted] == ["Invoice doomed"]
    after = await shelf.census()
    assert len(before["INBOX"] - after["INBOX"]) == 1
    assert before | {"INBOX": None} == after | {"INBOX": None}


async def test_every_named_message_is_deleted(desk: Desk, shelf: Shelf) -> None:
    """Ids say which ones are meant, so that "only the first" does not apply."""
    deleted = await delete(desk, message_i_ds=["<Invoice1@lab.test>", "Dinner@lab.test", "<nobody@lab.test>"])
    assert {(one.subject, one.folder) for one in deleted.deleted} == {("Invoice 1", "INBOX"), ("Dinner", "Junk")}
    assert (deleted.status, [one.message_id for one in deleted.failed]) == ("partially_deleted", ["<nobody@lab.test>"])
    assert await subjects(shelf, "INBOX") == ["Invoice 2", "Lunch", "Invoice 3", "Invoice doomed"]
    assert not await subjects(shelf, "Trash")


async def test_todays_mail_is_todays(desk: Desk, shelf: Shelf) -> None:
    """The letters on the shelf came long ago; only the new one goes."""
    await shelf.onlooker.append(
        "INBOX", b"From: eve@lab.test\r\nSubject: new\r\nMessage-ID: <new@lab.test>\r\n\r\n.\r\n"
    )
    deleted = await delete(desk, days_back="0", delete_all_matching_emails="true")
    assert [one.message_id for one in deleted.deleted] == ["<new@lab.test>"]
    assert await subjects(shelf, "INBOX") == [*NAMES, "Invoice doomed"]
