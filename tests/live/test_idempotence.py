"""Whatever is done and not reported is done again: mailboxes, files and results are as if nothing had happened."""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from dev.lab import User
from mail.policy import Policy
from plugin import mail_plugin
from settings import Storage
from tests.attack.asking import ask
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, eventually, result_of, sent_by
from tests.mail.files import attached, letter
from tests.test_contract import CONTRACT

pytestmark = pytest.mark.live

# Not of an action: the watch (test_liveness.py), and notes of answers that come too late.
OTHERS = {"watch.folder", "late_reply.note"}
AT_ONCE = timedelta(milliseconds=1)
# What no two runs have in common: users, times, ids, latencies, UIDVALIDITY.
OWN = re.compile(r"\buser\d+\b|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|\+00:00)?|<[^<>@\s]+@lab\.test>|\d+\.\d+|\b\d{10}\b")


class LostReports(ClientInterceptor, Interceptor):
    """Loses the first report of each activity of one task queue: it has been done, and Temporal does not know."""

    def __init__(self) -> None:
        self.task_queue = ""
        self.of: set[str] = set()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Stand between the activity and its report."""
        return _Loser(next, self)


class _Loser(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, lost: LostReports) -> None:
        super().__init__(inner)
        self._lost = lost

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        result, info = await super().execute_activity(input), activity.info()
        if info.task_queue == self._lost.task_queue and info.attempt == 1:
            self._lost.of.add(info.activity_type)
            raise ApplicationError("the report is lost", next_retry_delay=AT_ONCE)
        return result


@pytest.fixture
def lost() -> LostReports:
    """Nothing is lost until a task queue is named."""
    return LostReports()


@pytest.fixture
async def temporal(temporal_address: str, lost: LostReports) -> Client:
    """A client whose workers lose reports."""
    return await Client.connect(temporal_address, plugins=[mail_plugin()], interceptors=[lost])


class Errand:
    """Everything that can be asked for, once, at a desk with its own person and its own files."""

    def __init__(self, desk: Desk, person: User, files: Path) -> None:
        self._desk, self._person, self._files = desk, person, files

    async def results(self) -> dict[str, Any]:
        """What each action tells."""
        asked = await self._desk.ask(self._person, fetch_response_attachments="true")
        sent = await sent_by(asked)
        awaited = await self._desk.await_answers(sent)
        await awaited.remind()
        await eventually(lambda: len(self._desk.lab.messages(self._person.name)) > 1)
        answer = f"In-Reply-To: {sent.message_id}\r\nFrom: {self._person.address}\r\n".encode()
        raw = letter(attached(b"proof", "proof.txt"), message_id="<answer@x>")
        self._desk.answer(raw.replace(b"From: a@lab.test\r\n", answer))
        requests = self._requests()
        told = await asyncio.gather(*(ask(self._desk, action, **given) for action, given in requests.items()))
        waits = {"SendEmailAndWait": await result_of(asked), "WaitForEmailFromUser": await result_of(awaited)}
        return dict(zip(requests, told, strict=True)) | {name: one.model_dump() for name, one in waits.items()}

    def _requests(self) -> dict[str, dict[str, Any]]:
        inbox, to = {"folder_name": "INBOX"}, {"recipients": self._person.address, "subject": "Sent"}
        return {
            "Ping": {},
            "SendEmail": to | {"content": "Hello"},
            "SendThreadReply": inbox | {"message_id": "<thread@x>", "content": "Seen."},
            "ForwardEmail": inbox | to | {"message_id_of_email_to_forward": "<forwarded@x>"},
            "SearchEmail": inbox | {"subject_filter": "kept", "time_frame_minutes": 60, "max_emails_to_return": 5},
            "MoveEmailToFolder": {"source_folder_name": "INBOX", "destination_folder_name": "Archive"}
            | {"message_i_ds": "<moved@x>"},
            "DeleteEmail": inbox | {"message_i_ds": "<deleted@x>"},
            "DownloadEmailAttachments": inbox | {"message_i_ds": "<kept@x>", "download_path": f"{self._files}/here"},
            "SaveEmailAttachmentsToCase": inbox | {"message_id": "<kept@x>"},
        }

    async def state(self) -> dict[str, list[str]]:
        """What lies where afterwards."""
        folders = [(self._desk.name, one) for one in ("INBOX", "Archive", "Sent")] + [(self._person.name, "INBOX")]
        return {
            "files": sorted(map(self._described, filter(Path.is_file, self._files.rglob("*")))),
            **{folder: sorted(self._subjects(name, folder)) for name, folder in folders},
        }

    def _subjects(self, name: str, folder: str) -> list[str]:
        raw = b"\n".join(self._desk.lab.messages(name, folder))
        return [line.decode() for line in re.findall(rb"(?m)^Subject: [^\r\n]*", raw)]

    def _described(self, file: Path) -> str:
        lines = sorted(neutral(file.read_text()).splitlines())  # actions side by side come in any order
        return f"{neutral(str(file.relative_to(self._files)))} {hashlib.sha256(repr(lines).encode()).hexdigest()}"


def neutral(text: str) -> str:
    """Without what no two runs have in common."""
    return OWN.sub("…", text)


@pytest.fixture
async def errand(
    open_desk: OpenDesk, new_user: Callable[[], User], tmp_path: Path
) -> Callable[[User], Awaitable[Errand]]:
    """Prepares a desk's mailbox, always the same."""

    async def prepare(user: User) -> Errand:
        person, files = new_user(), tmp_path / user.name
        files.mkdir()
        storage = Storage(url=(files / "cases").as_uri())
        desk = await open_desk(user, policy=Policy(download_roots=(files,)), storage=storage)
        desk.lab.create_folder(desk.name, "Archive")
        for name in ("thread", "forwarded", "kept", "moved", "deleted"):
            raw = letter(attached(b"file", "file.txt"), message_id=f"<{name}@x>", subject=name)
            desk.answer(raw.replace(b"From: a@lab.test", f"From: {person.address}".encode()))
        return Errand(desk, person, files)

    return prepare


async def test_what_is_done_twice_is_done_once(
    errand: Callable[[User], Awaitable[Errand]], new_user: Callable[[], User], lost: LostReports
) -> None:
    """Each activity of each action: a report that is lost changes no mailbox, no file and no result."""
    steady, forgetful = new_user(), new_user()
    lost.task_queue = forgetful.name
    one, other = await errand(steady), await errand(forgetful)
    told, told_again = await asyncio.gather(one.results(), other.results())
    assert lost.of == set(json.loads(CONTRACT.read_text())["activities"]) - OTHERS
    for action, result in told.items():
        assert neutral(json.dumps(told_again[action], default=str)) == neutral(json.dumps(result, default=str)), action
    assert await other.state() == await one.state()
