"""Keeping attachments when a server fails in the middle, or when there are more than a result carries."""

import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from client import ActionFailed, MailClient
from mail.errors import AuthenticationFailed, ServerUnavailable
from models.download import (
    DownloadedAttachment,
    DownloadedMessage,
    DownloadEmailAttachmentsRequest,
    DownloadFolderRequest,
    DownloadMessageRequest,
)
from models.find import FindRequest, FindResult, FoundMessage
from models.folder import FolderOutcome
from models.wait import MessagePointer

pytestmark = pytest.mark.asyncio(loop_scope="session")

REQUEST = DownloadEmailAttachmentsRequest.model_validate(
    {
        "case_id": "7",
        "alert_group_identifiers": "group-1",
        "folder_name": "INBOX",
        "download_path": "/srv/x",
        "subject_filter": "x",
    }
)
DATE = datetime(2026, 3, 5, tzinfo=UTC)


def message(uid: int) -> FoundMessage:
    """A message of INBOX."""
    pointer = MessagePointer(folder="INBOX", uid_validity=1, uid=uid, message_id=f"<{uid}@lab.test>")
    return FoundMessage(pointer=pointer, subject="x", sender="bob@lab.test", date=DATE)


@dataclass
class Files:
    """A mailbox whose messages have one file each, until its server fails."""

    messages: int = 3
    errors: dict[int, Exception] = field(default_factory=dict[int, Exception])  # by UID
    name: str = "a.txt"

    @activity.defn(name="find.messages")
    async def find(self, _request: FindRequest) -> FindResult:
        """All messages."""
        found = tuple(map(message, range(1, self.messages + 1)))
        outcome = FolderOutcome(name="INBOX", status="searched", matched=self.messages)
        return FindResult(account="soc", found=found, folders=(outcome,))

    @activity.defn(name="download.check_folder")
    async def check_folder(self, request: DownloadFolderRequest) -> None:
        """Every folder will do."""
        assert request.download_path == REQUEST.download_path

    @activity.defn(name="download.message")
    async def download(self, request: DownloadMessageRequest) -> DownloadedMessage:
        """One file."""
        if error := self.errors.get(request.pointer.uid):
            raise error
        file = DownloadedAttachment(
            path=f"/srv/x/{self.name}",
            filename=self.name,
            original_filename=self.name,
            size=1,
            content_type="text/plain",
            detected_type="text/plain",
            sha256="",
            md5="",
            message_id=request.pointer.message_id,
            folder="INBOX",
        )
        return DownloadedMessage(downloaded=(file,))


@pytest_asyncio.fixture(loop_scope="session")
async def files(skipping: WorkflowEnvironment) -> AsyncGenerator[tuple[Files, MailClient], None]:
    """That mailbox, and a client of its worker."""
    fakes, queue = Files(), f"files-{uuid.uuid4()}"
    activities: list[Callable[..., Any]] = [fakes.find, fakes.check_folder, fakes.download]
    async with Worker(skipping.client, task_queue=queue, activities=activities):
        yield fakes, MailClient(skipping.client, queue)


async def test_what_was_kept_is_told_when_the_server_goes_away(files: tuple[Files, MailClient]) -> None:
    """Of the rest it is said that it could not be had."""
    fakes, client = files
    fakes.errors[2] = ServerUnavailable("it burns")
    result = await client.download_email_attachments(REQUEST, workflow_id=f"{uuid.uuid4()}")
    assert (result.status, len(result.downloaded)) == ("partially_downloaded", 1)
    assert [(one.message_id, one.reason) for one in result.failed] == [
        ("<2@lab.test>", "unavailable"),
        ("<3@lab.test>", "unavailable"),
    ]


async def test_nothing_kept_is_a_failure(files: tuple[Files, MailClient]) -> None:
    """The caller learns why."""
    fakes, client = files
    fakes.errors[1] = AuthenticationFailed("wrong password")
    with pytest.raises(ActionFailed) as raised:
        await client.download_email_attachments(REQUEST, workflow_id=f"{uuid.uuid4()}")
    assert raised.value.type == "AuthenticationFailed"


async def test_a_result_ends_before_it_is_too_large(files: tuple[Files, MailClient]) -> None:
    """Temporal carries 2 MB; that there is more is told."""
    fakes, client = files
    fakes.messages, fakes.name = 9, "x" * 100_000
    result = await client.download_email_attachments(REQUEST, workflow_id=f"{uuid.uuid4()}")
    assert result.truncated
    assert 1_000_000 < len(result.model_dump_json()) < 1_700_000
    assert (
        result.message == f"{len(result.downloaded)} attachments of 9 emails downloaded; more match than one run takes."
    )
