"""Moving and deleting when the server goes away in the middle: what is known is told."""

import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from client import ActionFailed, MailClient
from mail.errors import AuthenticationFailed, MailError, ServerUnavailable
from models.change import BATCH, FolderMark, Outcome
from models.delete import Deleted, DeleteEmailRequest, DeleteRequest, Disposal
from models.find import FindRequest, FindResult, FoundMessage
from models.folder import FolderOutcome
from models.move import DestinationRequest, Moved, MoveEmailToFolderRequest, MoveRequest
from models.wait import MessagePointer

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASE = {"case_id": "7", "alert_group_identifiers": "group-1"}
MOVE = MoveEmailToFolderRequest.model_validate(
    CASE | {"source_folder_name": "INBOX", "destination_folder_name": "Archive", "only_unread": True}
)
DELETE = DeleteEmailRequest.model_validate(
    CASE | {"folder_name": "INBOX", "subject_filter": "x", "delete_all_matching_emails": True, "days_back": 1}
)
DATE = datetime(2026, 3, 5, tzinfo=UTC)


def message(uid: int) -> FoundMessage:
    """A message of INBOX."""
    pointer = MessagePointer(folder="INBOX", uid_validity=1, uid=uid, message_id=f"<{uid}@lab.test>")
    return FoundMessage(pointer=pointer, subject="x", sender="bob@lab.test", date=DATE)


@dataclass
class Changes:
    """A mailbox whose server fails when a test says so."""

    messages: tuple[FoundMessage, ...] = tuple(map(message, range(1, 2 * BATCH + 2)))
    errors: dict[int, MailError] = field(default_factory=dict[int, MailError])  # by the first UID of a batch
    marks: list[int] = field(default_factory=list[int])
    found: list[FindRequest] = field(default_factory=list[FindRequest])
    disposal: Disposal = field(default_factory=lambda: Disposal(expunges=True))
    kind: str = "moved"

    @activity.defn(name="find.messages")
    async def find(self, request: FindRequest) -> FindResult:
        """All messages."""
        self.found.append(request)
        outcome = FolderOutcome(name="INBOX", status="searched", matched=len(self.messages))
        return FindResult(
            account="soc",
            found=self.messages[: request.limit],
            truncated=len(self.messages) > request.limit,
            folders=(outcome,),
        )

    @activity.defn(name="move.destination")
    async def destination(self, request: DestinationRequest) -> FolderMark:
        """A folder that has had no message."""
        return FolderMark(folder=request.folder, uid_validity=1, uid_next=1)

    @activity.defn(name="move.messages")
    async def move(self, request: MoveRequest) -> Moved:
        """Move a batch."""
        self.marks.append(request.destination.uid_next)
        further = request.destination.uid_next + len(request.targets)
        return Moved(
            outcomes=self._outcomes(request.targets),
            destination=request.destination.model_copy(update={"uid_next": further}),
        )

    @activity.defn(name="delete.disposal")
    async def dispose(self, _account: str) -> Disposal:
        """How this server deletes."""
        return self.disposal

    @activity.defn(name="delete.messages")
    async def delete(self, request: DeleteRequest) -> Deleted:
        """Delete a batch."""
        return Deleted(outcomes=self._outcomes(request.targets), disposal=request.disposal)

    def _outcomes(self, targets: tuple[FoundMessage, ...]) -> tuple[Outcome, ...]:
        if error := self.errors.get(targets[0].pointer.uid):
            raise error
        return tuple(Outcome.model_validate({"kind": self.kind}) for _ in targets)


@pytest_asyncio.fixture(loop_scope="session")
async def changes(skipping: WorkflowEnvironment) -> AsyncGenerator[tuple[Changes, MailClient], None]:
    """That mailbox, and a client of its worker."""
    fakes, queue = Changes(), f"changes-{uuid.uuid4()}"
    activities: list[Callable[..., Any]] = [fakes.find, fakes.destination, fakes.move, fakes.dispose, fakes.delete]
    async with Worker(skipping.client, task_queue=queue, activities=activities):
        yield fakes, MailClient(skipping.client, queue)


async def test_a_failure_in_the_middle_is_told_message_by_message(changes: tuple[Changes, MailClient]) -> None:
    """What was moved was moved; of the rest it is said that nobody knows."""
    fakes, client = changes
    fakes.errors[BATCH + 1] = ServerUnavailable("it burns")
    moved = await client.move_email_to_folder(MOVE, workflow_id=f"{uuid.uuid4()}")
    assert (moved.status, len(moved.moved), len(moved.failed)) == ("partially_moved", BATCH, BATCH + 1)
    assert {one.reason for one in moved.failed} == {"not known to be done: it burns"}


async def test_a_failure_at_the_beginning_is_one(changes: tuple[Changes, MailClient]) -> None:
    """Nothing was done that could be told."""
    fakes, client = changes
    fakes.errors[1] = AuthenticationFailed("no entry")
    for attempt in (client.move_email_to_folder(MOVE), client.delete_email(DELETE)):
        with pytest.raises(ActionFailed) as raised:
            await attempt
        assert raised.value.type == "AuthenticationFailed"


async def test_each_batch_begins_where_the_last_one_ended(changes: tuple[Changes, MailClient]) -> None:
    """Copies of one batch are not taken for those of the next."""
    fakes, client = changes
    moved = await client.move_email_to_folder(MOVE, workflow_id=f"{uuid.uuid4()}")
    assert fakes.marks == [1, BATCH + 1, 2 * BATCH + 1]
    assert [one.message_id for one in moved.moved] == [one.pointer.message_id for one in fakes.messages]


async def test_only_the_newest_is_looked_for(changes: tuple[Changes, MailClient]) -> None:
    """One match is deleted, and that there are more is no truncation; days begin at midnight by UTC."""
    fakes, client = changes
    request = DELETE.model_copy(update={"delete_all_matching_emails": False})
    deleted = await client.delete_email(request, workflow_id=f"{uuid.uuid4()}")
    assert (len(deleted.deleted), deleted.truncated, deleted.status) == (1, False, "deleted")
    since = fakes.found[0].criteria.since
    assert since
    assert (since.hour, since.minute, since.second, since.utcoffset()) == (0, 0, 0, timedelta(0))


async def test_by_way_of_the_trash_is_said(changes: tuple[Changes, MailClient]) -> None:
    """A server that cannot remove single messages leaves originals behind, flagged."""
    fakes, client = changes
    fakes.disposal = Disposal(expunges=False, trash=FolderMark(folder="Trash", uid_validity=1, uid_next=1))
    fakes.messages, fakes.kind = fakes.messages[:2], "copied"
    deleted = await client.delete_email(DELETE, workflow_id=f"{uuid.uuid4()}")
    assert {(one.original, one.moved_to) for one in deleted.deleted} == {("flagged_deleted", "Trash")}
    assert "in the trash; 2 of the originals are left behind" in deleted.message


async def test_a_dry_run_on_a_server_that_cannot_delete(changes: tuple[Changes, MailClient]) -> None:
    """It says that nothing would be deleted, and why."""
    fakes, client = changes
    fakes.disposal, fakes.messages = Disposal(expunges=False), fakes.messages[:2]
    request = DELETE.model_copy(update={"dry_run": True})
    deleted = await client.delete_email(request, workflow_id=f"{uuid.uuid4()}")
    assert (deleted.status, deleted.would_delete, len(deleted.failed)) == ("dry_run", (), 2)


async def test_more_than_one_run_takes_is_told(changes: tuple[Changes, MailClient]) -> None:
    """The cap is no silence."""
    fakes, client = changes
    fakes.messages = tuple(map(message, range(1, 2_002)))
    moved = await client.move_email_to_folder(MOVE, workflow_id=f"{uuid.uuid4()}")
    assert (moved.truncated, len(moved.moved), moved.status) == (True, 2_000, "moved")
    assert "more match" in moved.message
