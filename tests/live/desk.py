"""A SOAR's desk: an account of its own, the client that asks, and what can be seen from there."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any, TypeVar

from temporalio.client import Client

from client import MailClient, StartedWait
from dev.lab import Lab, User
from models.ping import PingRequest
from models.send import SendEmailRequest, SendEmailResult
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult
from models.wait import WaitForEmailFromUserRequest, WaitResult

# What every action takes.
CASE = {"case_id": "7", "alert_group_identifiers": ["group-1"]}
LETTER = CASE | {"subject": "Question", "content": "Is it you?"}
WAIT = CASE | {"wait_stage_timeout_minutes": "60"}
# The slowest thing waited for is a watch that another worker takes over: 5 s without a heart-beat, then 10 s
# until Temporal gives up on the dead worker's own queue. The rest is for a machine under load.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.02

T = TypeVar("T")
W = TypeVar("W", bound=WaitResult)


async def eventually(condition: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """Wait until a condition holds, looked at beside the loop; what it came to."""
    return await eventually_told(lambda: asyncio.to_thread(condition), seconds)


async def eventually_told(ask: Callable[[], Awaitable[T]], seconds: float = PATIENCE_SECONDS) -> T:
    """Ask again and again until the answer is yes; what it was."""
    async with asyncio.timeout(seconds):
        while True:
            if answer := await ask():
                return answer
            await asyncio.sleep(PAUSE_SECONDS)


@dataclass(frozen=True)
class Desk:
    """One account, served by a worker; `name` is its mailbox, its account and its task queue."""

    lab: Lab
    user: User
    temporal: Client
    _numbers = itertools.count(1)

    @property
    def name(self) -> str:
        """The name of everything that is this desk's."""
        return self.user.name

    @property
    def mail(self) -> MailClient:
        """The client that a SOAR has."""
        return MailClient(self.temporal, self.name)

    async def send(self, *recipients: User | str, **more: Any) -> SendEmailResult:
        """Send a letter."""
        request = SendEmailRequest.model_validate(LETTER | {"recipients": _addresses(recipients)} | more)
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.mail.send_email(request, workflow_id=self.new_id())

    async def ask(self, *recipients: User | str, **more: Any) -> StartedWait[SendEmailAndWaitResult]:
        """Send a letter and wait for answers; returns once the letter is out."""
        wait = await self.begin_to_ask(*recipients, **more)
        await until(wait, lambda progress: progress.sent)
        return wait

    async def begin_to_ask(self, *recipients: User | str, **more: Any) -> StartedWait[SendEmailAndWaitResult]:
        """Start to send a letter and wait for answers."""
        request = SendEmailAndWaitRequest.model_validate(LETTER | WAIT | {"recipients": _addresses(recipients)} | more)
        return await self.mail.send_email_and_wait.start(request, workflow_id=self.new_id())

    async def await_answers(self, sent: SendEmailResult, **more: Any) -> StartedWait[WaitResult]:
        """Wait for answers to a letter that was sent before."""
        letter = {"email_message_id": sent.message_id, "email_date": sent.date, "email_recipients": sent.recipients}
        request = WaitForEmailFromUserRequest.model_validate(WAIT | letter | more)
        return await self.mail.wait_for_email_from_user.start(request, workflow_id=self.new_id())

    async def ping(self) -> str:
        """How both servers are."""
        return (await self.mail.ping(PingRequest.model_validate(CASE))).status

    def new_id(self) -> str:
        """A workflow id that no test has used."""
        return f"{self.name}/{next(self._numbers)}"

    async def received(self, user: User | str, message_id: str | None) -> EmailMessage:
        """The letter as it arrived in somebody's INBOX, which must happen exactly once."""
        name = user if isinstance(user, str) else user.name
        (letter,) = await eventually(lambda: self.letters(name, message_id))
        return letter

    def letters(self, name: str, message_id: str | None, folder: str = "INBOX") -> list[EmailMessage]:
        """The copies of a letter in somebody's folder."""
        # By string: the header of an internationalized letter is UTF-8 (RFC 6532), which the bytes parser cannot read.
        parsed = [message_from_string(raw.decode(), policy=default) for raw in self.lab.messages(name, folder)]
        return [letter for letter in parsed if letter["Message-ID"] == message_id]

    def answer(self, raw: bytes, folder: str = "INBOX") -> None:
        """Put somebody's answer into our mailbox."""
        self.lab.deliver(self.name, raw, folder)


async def until(wait: StartedWait[W], condition: Callable[[W], object]) -> None:
    """Wait until what a wait knows so far meets a condition."""

    async def holds() -> bool:
        return bool(condition(await wait.progress()))

    await eventually_told(holds)


async def sent_by(wait: StartedWait[SendEmailAndWaitResult]) -> SendEmailResult:
    """The letter that a wait has sent."""
    sent = (await wait.progress()).sent
    assert sent
    return sent


async def result_of(wait: StartedWait[W]) -> W:
    """What a wait came to, in time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await wait.result()


def _addresses(recipients: tuple[User | str, ...]) -> list[str]:
    return [one if isinstance(one, str) else one.address for one in recipients]
