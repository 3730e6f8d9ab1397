"""How requests for attachments are read, and which are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.attachment import Attachment
from models.download import DownloadEmailAttachmentsRequest
from models.save import SaveEmailAttachmentsToCaseRequest

CASE = {"case_id": "7", "alert_group_identifiers": "group-1", "folder_name": 'INBOX, "Reports, 2026"'}


def download(**more: Any) -> DownloadEmailAttachmentsRequest:
    """A request to download."""
    return DownloadEmailAttachmentsRequest.model_validate(CASE | {"download_path": "/srv/x"} | more)


def save(**more: Any) -> SaveEmailAttachmentsToCaseRequest:
    """A request to save."""
    return SaveEmailAttachmentsToCaseRequest.model_validate(CASE | more)


def test_no_criterion_is_refused() -> None:
    """The fields that could say what is meant are named; a name of a file alone says too little."""
    downloads: list[dict[str, object]] = [{}, {"message_i_ds": "", "subject_filter": " "}, {"message_i_ds": []}]
    for nothing in downloads:
        with pytest.raises(ValidationError, match="message_i_ds or subject_filter"):
            download(**nothing)
    saves: list[dict[str, object]] = [
        {},
        {"attachment_to_save": "a.pdf"},
        {"message_id": "", "attachment_to_save": ["a"]},
    ]
    for nothing in saves:
        with pytest.raises(ValidationError, match="message_id"):
            save(**nothing)


def test_lists_are_lists_or_strings() -> None:
    """Names keep their commas in quotes; a Message-ID may be one or several."""
    request = save(message_id="<1@x>, 2@x", attachment_to_save='"minutes, June.docx", b.pdf')
    assert request.folder_name == ("INBOX", "Reports, 2026")
    assert request.criteria.message_ids == ("<1@x>", "2@x")
    assert request.attachment_to_save == ("minutes, June.docx", "b.pdf")
    assert download(message_i_ds=["<1@x>"], subject_filter="x").criteria.subject == "x"


@pytest.mark.parametrize("path", ["", "  ", "/srv/x\n/etc", None])
def test_a_path_is_one_line(path: object) -> None:
    """What is no path is told before anything is looked for."""
    with pytest.raises(ValidationError, match="download_path"):
        download(message_i_ds="<1@x>", download_path=path)


def test_a_listed_attachment_says_nothing_of_saving() -> None:
    """Only those that a wait has saved, or could not, have more to tell."""
    listed = Attachment(filename="a", content_type="text/plain", size=1)
    assert listed.model_dump() == {"filename": "a", "content_type": "text/plain", "size": 1, "inline": False}
    assert "not_saved" in listed.model_copy(update={"not_saved": "full"}).model_dump()
