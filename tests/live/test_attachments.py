"""The files of letters, fetched through Temporal by a SOAR's client."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from client import ActionFailed
from dev.lab import User
from mail.policy import Policy
from models.download import DownloadEmailAttachmentsRequest, DownloadEmailAttachmentsResult
from models.save import SaveEmailAttachmentsToCaseRequest, SaveEmailAttachmentsToCaseResult
from settings import Storage
from tests.live.conftest import OpenDesk
from tests.live.desk import CASE, Desk, result_of, sent_by
from tests.mail.files import attached, letter

pytestmark = pytest.mark.live

PDF = b"%PDF-1.7\n" + os.urandom(900_000)


@pytest.fixture
async def desk(open_desk: OpenDesk, tmp_path: Path) -> Desk:
    """A desk that may download to a folder and save to another."""
    policy = Policy(download_roots=(tmp_path / "downloads",), max_download_bytes=1_000_000)
    (tmp_path / "downloads").mkdir()
    return await open_desk(policy=policy, storage=Storage(url=(tmp_path / "cases").as_uri()))


async def download(desk: Desk, path: Path, **more: Any) -> DownloadEmailAttachmentsResult:
    """Download attachments from INBOX."""
    given = {"folder_name": "INBOX", "download_path": str(path)}
    request = DownloadEmailAttachmentsRequest.model_validate(CASE | given | more)
    return await desk.mail.download_email_attachments(request, workflow_id=desk.new_id())


async def save(desk: Desk, **more: Any) -> SaveEmailAttachmentsToCaseResult:
    """Save attachments from INBOX."""
    request = SaveEmailAttachmentsToCaseRequest.model_validate(CASE | {"folder_name": "INBOX"} | more)
    return await desk.mail.save_email_attachments_to_case(request, workflow_id=desk.new_id())


def content(uri: str | None) -> bytes:
    """What lies at a file URI."""
    return Path(unquote(urlsplit(uri or "").path)).read_bytes()


async def test_attachments_are_downloaded(desk: Desk, tmp_path: Path) -> None:
    """Per message it is told what came, what did not, and which were not there; again, it is the same."""
    desk.answer(letter(attached(PDF, "r.pdf"), attached(bytes(1_000_001), "big.iso"), message_id="<1@x>"))
    desk.answer(letter(attached(b"MZ" + bytes(99), "../r.pdf"), message_id="<2@x>"))
    folder = tmp_path / "downloads" / "case-7"
    wanted = {"message_i_ds": "<1@x>, 2@x, <3@x>", "folder_name": "INBOX, Nowhere"}
    result = await download(desk, folder, **wanted)
    assert result.status == "partially_downloaded"
    assert result.message == "2 attachments of 2 emails downloaded; 2 failed."
    told = {one.message_id: (one.path, one.detected_type, one.sha256) for one in result.downloaded}
    assert sorted(folder.iterdir()) == sorted(Path(path) for path, _, _ in told.values())
    assert told["<1@x>"][1:] == ("application/pdf", hashlib.sha256(PDF).hexdigest())
    assert told["<2@x>"][1] == "application/vnd.microsoft.portable-executable"
    assert {(one.message_id, one.filename, one.folder, one.reason) for one in result.failed} == {
        ("<1@x>", "big.iso", "INBOX", "too_large"),
        ("<3@x>", None, None, "message_not_found"),
    }
    assert [(one.name, one.status) for one in result.folders] == [("INBOX", "searched"), ("Nowhere", "not_found")]
    assert (await download(desk, folder, **wanted)).downloaded == result.downloaded
    assert len(list(folder.iterdir())) == 2


async def test_a_subject_is_enough(desk: Desk, tmp_path: Path) -> None:
    """A message without files is found, and nothing of it."""
    desk.answer(letter(attached(b"x", "a.txt"), subject="Invoice 7", message_id="<1@x>"))
    desk.answer(letter(subject="Report", message_id="<2@x>"))
    result = await download(desk, tmp_path / "downloads", subject_filter="invoice")
    assert (result.status, [one.filename for one in result.downloaded]) == ("downloaded", ["a.txt"])
    for subject, message in (("report", "0 attachments of 1 email downloaded."), ("other", "No email was found.")):
        result = await download(desk, tmp_path / "downloads", subject_filter=subject)
        assert (result.status, result.message) == ("nothing_found", message)


async def test_policy_rules_before_anything_is_looked_for(desk: Desk, tmp_path: Path) -> None:
    """A folder outside the roots fails the action, whether or not there is mail."""
    with pytest.raises(ActionFailed) as raised:
        await download(desk, tmp_path, subject_filter="x")
    assert raised.value.type == "AttachmentForbidden"


async def test_without_criteria_nothing_runs(desk: Desk) -> None:
    """As the contract says, for callers without our models, too."""
    for name in ("DownloadEmailAttachments", "SaveEmailAttachmentsToCase"):
        request = CASE | {"folder_name": "INBOX", "download_path": "/x", "attachment_to_save": "x"}
        request.pop("attachment_to_save" if name.startswith("D") else "download_path")
        handle = await desk.temporal.start_workflow(name, request, id=desk.new_id(), task_queue=desk.name)
        with pytest.raises(Exception, match="failed") as raised:
            await handle.result()
        assert getattr(raised.value.__cause__, "type", "") == "InvalidRequest"


async def test_attachments_are_saved_to_the_case(desk: Desk, tmp_path: Path) -> None:
    """Only those asked for; a name that none has is told; the manifest lists each once."""
    desk.answer(letter(attached(PDF, "R.pdf"), attached(b"x", "minutes, June.txt"), message_id="<1@x>"))
    wanted = {"message_id": "<1@x>", "attachment_to_save": 'r.PDF, "minutes, June.txt", none.doc'}
    results = [await save(desk, **wanted), await save(desk, **wanted)]
    assert results[0] == results[1]
    assert results[0].status == "partially_saved"
    assert [(one.filename, one.reason) for one in results[0].failed] == [("none.doc", "attachment_not_found")]
    assert [content(one.uri) for one in results[0].saved] == [PDF, b"x"]
    manifest = (tmp_path / "cases" / "7" / "manifest.jsonl").read_text().splitlines()
    assert [json.loads(line)["uri"] for line in manifest] == [one.uri for one in results[0].saved]


async def test_the_files_of_an_answer_are_saved(desk: Desk, alice: User, tmp_path: Path) -> None:
    """The wait's result says where, and the case's manifest has them."""
    wait = await desk.ask(alice, fetch_response_attachments="true")
    sent = await sent_by(wait)
    raw = letter(attached(PDF, "proof.pdf"), message_id="<answer@x>")
    fields = f"In-Reply-To: {sent.message_id}\r\nFrom: {alice.address}\r\n".encode()
    desk.answer(raw.replace(b"From: a@lab.test\r\n", fields))
    (response,) = (await result_of(wait)).responses
    (file,) = response.attachments
    assert (file.filename, file.sha256, file.saved_size) == ("proof.pdf", hashlib.sha256(PDF).hexdigest(), len(PDF))
    assert content(file.uri) == PDF
    assert "proof.pdf" in (tmp_path / "cases" / "7" / "manifest.jsonl").read_text()


async def test_files_of_an_answer_are_saved_on_request_alone(desk: Desk, alice: User, tmp_path: Path) -> None:
    """Otherwise they are listed."""
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    fields = f"In-Reply-To: {sent.message_id}\r\nFrom: {alice.address}\r\n".encode()
    desk.answer(letter(attached(PDF, "proof.pdf")).replace(b"From: a@lab.test\r\n", fields))
    (file,) = (await result_of(wait)).responses[0].attachments
    assert (file.filename, file.uri, file.not_saved) == ("proof.pdf", None, None)
    assert not (tmp_path / "cases").exists()


async def test_an_answer_counts_whatever_becomes_of_its_files(open_desk: OpenDesk, alice: User) -> None:
    """A storage that cannot be used is told beside the file."""
    desk = await open_desk(storage=Storage(url="file:///proc/nothing/here"))
    wait = await desk.ask(alice, fetch_response_attachments="true")
    sent = await sent_by(wait)
    fields = f"In-Reply-To: {sent.message_id}\r\nFrom: {alice.address}\r\n".encode()
    desk.answer(letter(attached(PDF, "proof.pdf")).replace(b"From: a@lab.test\r\n", fields))
    result = await result_of(wait)
    assert result.status == "replied"
    (file,) = result.responses[0].attachments
    assert file.uri is None
    assert "storage.url" in (file.not_saved or "")
