"""Mail as a test tells it: the activities of both ports, with no server behind them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from temporalio import activity

from activities.watches import Watches
from mail.errors import MailError
from models.folder import FolderOutcome
from models.late_reply import LateReply
from models.ping import ServerPing
from models.send import DeliverRequest, Delivery, Filing, PreparedLetter, PrepareRequest, RefusedRecipient
from models.wait import (
    AwaitedLetter,
    LateReplyRoute,
    LookRequest,
    LookResult,
    MessagePointer,
    ReadReply,
    ReadReplyRequest,
)
from models.watch import Arrival, Cursor, Registration, WatchRequest

ACCOUNT = "soc"
SUBJECT = "Was it you?"
UID_VALIDITY = 7
LETTER = "<letter@soc.example>"
# How soon a fake watch hears of mail, of a hand-over and of its end.
_TICK_SECONDS = 0.01


@dataclass
class Trouble:
    """An error for the next calls of a kind; for ever unless a number of times is told."""

    error: MailError | None = None
    times: int = -1

    def strike(self) -> None:
        """Raise the error while it lasts."""
        if self.error is not None and self.times != 0:
            self.times -= 1
            raise self.error


@dataclass
class Outbox:
    """What was sent, and servers that refuse whom a test says."""

    refused: dict[str, int] = field(default_factory=dict[str, int])
    deferred: Counter[str] = field(default_factory=Counter[str])  # how many times still
    deliveries: list[DeliverRequest] = field(default_factory=list[DeliverRequest])
    filed: list[str] = field(default_factory=list[str])
    renamed_to: str = ""  # the Message-ID that the sending service gives every letter
    delivery_trouble: Trouble = field(default_factory=Trouble)
    filing_trouble: Trouble = field(default_factory=Trouble)
    has_search_attributes: bool = False  # Temporal

    def answer(self, address: str) -> int:
        """The code with which the server answers RCPT for this address."""
        if self.deferred[address] > 0:
            self.deferred[address] -= 1
            return 451
        return self.refused.get(address, 250)


@dataclass
class Mailbox:
    """What has come, and looks that fail when a test says so."""

    folders: tuple[str, ...] = ("INBOX", "Archive")
    messages: dict[str, ReadReply] = field(default_factory=dict[str, ReadReply])
    pointers: list[MessagePointer] = field(default_factory=list[MessagePointer])
    looks: list[datetime] = field(default_factory=list[datetime])
    reads: list[ReadReplyRequest] = field(default_factory=list[ReadReplyRequest])
    look_trouble: Trouble = field(default_factory=Trouble)
    read_trouble: Trouble = field(default_factory=Trouble)
    answered: dict[str, str] = field(default_factory=dict[str, str])  # which letter a message answers
    watched: list[WatchRequest] = field(default_factory=list[WatchRequest])
    watch_times: list[datetime] = field(default_factory=list[datetime])
    cancelled: int = 0
    handover: bool = False  # the worker of the watch stops
    watch_trouble: Trouble = field(default_factory=Trouble)
    extend_on_absence: int = 0  # what the worker's policy says
    late_replies: LateReplyRoute | None = None
    notes: list[LateReply] = field(default_factory=list[LateReply])
    note_trouble: Trouble = field(default_factory=Trouble)
    has_search_attributes: bool = False  # Temporal

    def receive(self, reply: ReadReply, folder: str = "INBOX", letter: str = LETTER) -> MessagePointer:
        """Lay an answer to a letter into a folder."""
        pointer = MessagePointer(
            folder=folder,
            uid_validity=UID_VALIDITY,
            uid=len(self.pointers) + 1,
            message_id=reply.response.message_id or "",
        )
        self.pointers.append(pointer)
        self.messages[pointer.identity] = reply
        self.answered[pointer.identity] = letter
        return pointer


class SendFakes:
    """The activities of sending."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    @activity.defn(name="send.prepare")
    async def prepare(self, request: PrepareRequest) -> PreparedLetter:
        return PreparedLetter(
            account=ACCOUNT,
            message_id=f"<{request.letter.identity}@soc.example>",
            has_search_attributes=self._outbox.has_search_attributes,
        )

    @activity.defn(name="send.deliver")
    async def deliver(self, request: DeliverRequest) -> Delivery:
        self._outbox.delivery_trouble.strike()
        self._outbox.deliveries.append(request)
        addresses = request.only or tuple(one.address for one in request.letter.everybody)
        codes = {address: self._outbox.answer(address) for address in addresses}
        answers = [RefusedRecipient(address=to, code=code, message="no") for to, code in codes.items()]
        return Delivery(
            accepted=tuple(one.address for one in answers if one.code == 250),
            refused=tuple(one for one in answers if one.code >= 500),
            deferred=tuple(one for one in answers if 400 <= one.code < 500),
            renamed_to=self._outbox.renamed_to,
        )

    @activity.defn(name="send.file_copy")
    async def file_copy(self, request: DeliverRequest) -> Filing:
        self._outbox.filing_trouble.strike()
        self._outbox.filed.append(request.message_id)
        return Filing(folder="Sent")


class WaitFakes:
    """The activities of waiting; with watches, they are registered with as the real ones do."""

    def __init__(self, mailbox: Mailbox, watches: Watches | None = None) -> None:
        self._mailbox = mailbox
        self._watches = watches

    @activity.defn(name="wait.look")
    async def look(self, request: LookRequest) -> LookResult:
        self._mailbox.looks.append(activity.info().current_attempt_scheduled_time)
        self._mailbox.look_trouble.strike()
        known = [folder for folder in request.letter.folders if folder in self._mailbox.folders]
        for folder in known:
            await self._register(folder, request)
        outcomes = [
            FolderOutcome(name=folder, status="searched" if folder in known else "not_found")
            for folder in request.letter.folders
        ]
        pointers = tuple(one for one in self._mailbox.pointers if one.folder in known)
        return LookResult(
            account=ACCOUNT,
            pointers=pointers,
            folders=tuple(outcomes),
            extend_on_absence=self._mailbox.extend_on_absence,
            late_replies=self._mailbox.late_replies,
            has_search_attributes=self._mailbox.has_search_attributes,
        )

    async def _register(self, folder: str, request: LookRequest) -> None:
        if self._watches is None:
            return
        registration = Registration(
            wait_id=activity.info().workflow_id or "",
            keys=request.letter.message_ids,
            since=request.letter.since,
            until=request.until,
            cursor=Cursor(uid_validity=UID_VALIDITY, uid_next=1),
        )
        await self._watches.register(ACCOUNT, folder, registration)

    @activity.defn(name="wait.read_reply")
    async def read_reply(self, request: ReadReplyRequest) -> ReadReply | None:
        self._mailbox.reads.append(request)
        self._mailbox.read_trouble.strike()
        reply = self._mailbox.messages.get(request.pointer.identity)
        if reply is None:
            return None
        identities = (request.pointer.identity, *reply.identities)
        response = reply.response
        if response.recipient not in request.recipients:
            response = response.model_copy(update={"recipient": ""})
        return reply.model_copy(update={"identities": identities, "response": response})

    @activity.defn(name="wait.subject")
    async def subject(self, _letter: AwaitedLetter) -> str:
        return SUBJECT


class LateReplyFakes:
    """The activities of late replies."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    @activity.defn(name="late_reply.note")
    async def note(self, reply: LateReply) -> None:
        self._mailbox.note_trouble.strike()
        self._mailbox.notes.append(reply)


class PingFakes:
    """The activities of Ping: SMTP answers, IMAP is not configured."""

    @activity.defn(name="ping.account")
    async def account(self, _account: str) -> str:
        return ACCOUNT

    @activity.defn(name="ping.smtp")
    async def smtp(self, _account: str) -> ServerPing | None:
        return ServerPing(ok=True, latency_ms=1.5, server="mail.soc.example", tls="TLSv1.3")

    @activity.defn(name="ping.imap")
    async def imap(self, _account: str) -> ServerPing | None:
        return None


class WatchFakes:
    """The one activity that listens: it hears of mail that `receive` lays down, until it is told to stop."""

    def __init__(self, mailbox: Mailbox, watches: Watches) -> None:
        self._mailbox = mailbox
        self._watches = watches

    @activity.defn(name="watch.folder")
    async def watch(self, request: WatchRequest) -> Cursor | None:
        self._mailbox.watched.append(request)
        self._mailbox.watch_times.append(activity.info().current_attempt_scheduled_time)
        self._mailbox.watch_trouble.strike()
        told = 0
        try:
            while not self._mailbox.handover:
                activity.heartbeat()
                news = self._mailbox.pointers[told:]
                told += len(news)
                await self._tell(request, [one for one in news if one.folder == request.folder])
                await asyncio.sleep(_TICK_SECONDS)
        except asyncio.CancelledError:
            self._mailbox.cancelled += 1
        self._mailbox.handover = False
        return Cursor(uid_validity=UID_VALIDITY, uid_next=len(self._mailbox.pointers) + 1)

    async def _tell(self, request: WatchRequest, news: list[MessagePointer]) -> None:
        arrivals = [Arrival(pointer=one, keys=(self._mailbox.answered[one.identity],)) for one in news]
        for concern in await self._watches.concerned(request.watch_id, arrivals) if arrivals else ():
            await self._watches.point(concern)
