"""How requests to move and delete are read, and which are refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from models.delete import DeleteEmailRequest
from models.move import MoveEmailToFolderRequest

CASE = {"case_id": "7", "alert_group_identifiers": "group-1"}
MOVE = CASE | {"source_folder_name": 'INBOX, "Reports, 2026"', "destination_folder_name": "Archive"}
DELETE = CASE | {"folder_name": "INBOX"}
NOW = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)


def move(**more: Any) -> MoveEmailToFolderRequest:
    """A request to move."""
    return MoveEmailToFolderRequest.model_validate(MOVE | more)


def delete(**more: Any) -> DeleteEmailRequest:
    """A request to delete."""
    return DeleteEmailRequest.model_validate(DELETE | more)


@pytest.mark.parametrize("nothing", [{}, {"message_i_ds": ""}, {"message_i_ds": []}, {"subject_filter": "  "}])
def test_no_criterion_is_refused(nothing: dict[str, object]) -> None:
    """All mail of a folder is never what was meant; the fields that could say what is are named."""
    with pytest.raises(ValidationError, match="message_i_ds, subject_filter or only_unread"):
        move(**nothing)
    with pytest.raises(ValidationError, match=r"message_i_ds, subject_filter, .* or days_back"):
        delete(delete_all_matching_emails="true", **nothing)


@pytest.mark.parametrize("ids", ["<>", "<a@b>, <>", ["<a@b>", "< >"]])
def test_an_empty_message_id_is_refused(ids: object) -> None:
    """It would name every message that has none."""
    for read in (move, delete):
        with pytest.raises(ValidationError, match="Message-ID is empty"):
            read(message_i_ds=ids)


def test_each_id_counts_once() -> None:
    """With or without angle brackets it is the same message."""
    assert move(message_i_ds="<a@b>, a@b, c@d").message_i_ds == ("a@b", "c@d")


@pytest.mark.parametrize(("source", "destination"), [("INBOX, Archive", "Archive"), ("inbox", "INBOX")])
def test_a_folder_is_not_moved_to_itself(source: str, destination: str) -> None:
    """INBOX is one folder in any case of letters."""
    with pytest.raises(ValidationError, match="destination_folder_name is one of"):
        move(source_folder_name=source, destination_folder_name=destination, only_unread=True)


def test_folders_keep_their_case() -> None:
    """Other folders may differ in nothing else."""
    assert move(source_folder_name="archive", only_unread="true").source_folder_name == ("archive",)


@pytest.mark.parametrize(
    ("days", "since"), [("0", datetime(2026, 3, 5, tzinfo=UTC)), (5, datetime(2026, 2, 28, tzinfo=UTC)), ("", None)]
)
def test_days_begin_at_midnight(days: object, since: datetime | None) -> None:
    """0 is today by UTC; nothing given is no limit."""
    assert delete(subject_filter="x", days_back=days).criteria(NOW).since == since


@pytest.mark.parametrize("days", [-1, True, "many", 36_501])
def test_impossible_days_are_refused(days: object) -> None:
    """A flag is no number of days."""
    with pytest.raises(ValidationError):
        delete(days_back=days)


def test_days_alone_are_a_criterion() -> None:
    """Today's mail is something one can mean."""
    assert delete(days_back=0).only_newest


def test_named_messages_are_all_meant() -> None:
    """Without ids, one match is deleted unless all are asked for."""
    assert not delete(message_i_ds="<a@b>, <c@d>").only_newest
    assert not delete(subject_filter="x", delete_all_matching_emails="True").only_newest
    assert delete(subject_filter="x").only_newest
