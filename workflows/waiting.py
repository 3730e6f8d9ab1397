"""What both waiting workflows do: hear of mail, look for it, read it, remind, and end when it is over."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception
from temporalio.workflow import ActivityConfig

from activities import options
from activities.failure import failure_of_workflow, refused_request
from activities.wait import WaitActivities
from models.argument import LONGEST_MINUTES
from models.content import EmailContent
from models.json import is_object
from models.wait import (
    AwaitedLetter,
    ExtendDeadline,
    LookRequest,
    MessagePointer,
    ReadReply,
    ReadReplyRequest,
    RecordReply,
    Response,
    WaitArguments,
    WaitResult,
    WaitStatus,
)
from models.wait_state import Waited, WaitState
from workflows.conversation import Conversation
from workflows.ids import watch_id
from workflows.progress import details, sentence
from workflows.reminder import DEFAULT_CONTENT, in_order, next_due, send_reminder
from workflows.reply_files import with_saved_files
from workflows.watch import MailboxWatch

# The watch tells of mail at once; these looks only make up for what a watch has missed.
_FIRST_LOOK = timedelta(hours=1)
_LOOK_GROWTH = 4
_LONGEST_LOOK = timedelta(days=7)
# Waits that began together must not look together for ever.
_JITTER = 0.1
# However often a deadline is moved, it must not leave the calendar.
_LONGEST_WAIT = timedelta(minutes=LONGEST_MINUTES)
# A wait looks once more at its deadline; the watch may forget it some time after that.
_LEASE_BEYOND_DEADLINE = timedelta(days=1)
# All texts of a result together; Temporal carries 2 MiB, and a response has three texts.
_TEXT_BUDGET = 1_200_000
_LONGEST_TEXT = 64 * 1024
_TEXTS_A_RESPONSE = 3


class Waiting:
    """A wait: handlers change what it knows, its loop acts on it."""

    _rules: WaitArguments
    _wait: WaitState
    _conversation: Conversation

    def __init__(self) -> None:
        self._begun = False
        self._stirred = False
        self._stopped: str | None = None
        self._pointers: deque[MessagePointer] = deque()

    @workflow.signal
    def mail_arrived(self, pointer: MessagePointer) -> None:
        """New mail lies here; it may be an answer."""
        self._pointers.append(pointer)
        self._stirred = True

    @workflow.signal
    def stop_waiting(self, reason: JsonValue = "") -> None:
        """End the wait with what is known so far."""
        given = reason.get("reason") if is_object(reason) else reason
        self._stopped = str(given or "no reason given")
        self._stirred = True

    @workflow.query
    def progress(self) -> WaitResult:
        """The result so far."""
        return self._result("waiting")

    @workflow.update
    async def extend_deadline(self, minutes: ExtendDeadline) -> WaitResult:
        """Wait longer."""
        await self._beginning()
        deadline = self._wait.deadline + timedelta(minutes=minutes.minutes)
        if deadline > workflow.now() + _LONGEST_WAIT:
            raise refused_request("minutes: no wait lasts longer than ten years")
        self._wait.deadline = deadline
        return self._stir()

    @workflow.update
    async def record_reply(self, reply: RecordReply) -> WaitResult:
        """Count an answer that came another way."""
        await self._beginning()
        recipient = self._conversation.recipient(reply.recipient)
        if recipient is None:
            known = ", ".join(one.recipient for one in self._conversation.responses)
            raise refused_request(f"recipient: {reply.recipient!r} is none of those awaited: {known}")
        self._conversation.record(reply.response(recipient, workflow.now()))
        return self._stir()

    @workflow.update
    async def remind(self) -> WaitResult:
        """Write to those who have not answered, now."""
        await self._beginning()
        if not self._conversation.pending:
            raise refused_request("nobody is left to remind")
        self._wait.reminder_asked = True
        return self._stir()

    def _begin(self, rules: WaitArguments, recipients: Iterable[str], since: datetime) -> None:
        """Know whom to wait for, before anything can happen."""
        self._rules = rules
        self._conversation = Conversation.begin(rules, recipients)
        self._wait = WaitState(
            letter=AwaitedLetter(
                account=rules.account, message_ids=(), since=since, folders=rules.folder_to_check_for_reply
            ),
            deadline=since + timedelta(minutes=rules.wait_stage_timeout_minutes),
            next_look=workflow.now(),
            look_interval=_FIRST_LOOK,
        )
        self._begun = True

    def _resume(self, rules: WaitArguments, waited: Waited) -> None:
        """Go on where the run before this one ended; signals may have come already."""
        self._rules = rules
        self._conversation = Conversation(rules, waited.conversation)
        self._wait = waited.wait
        self._pointers.extendleft(reversed(waited.pointers))
        self._begun = True

    @property
    def _waited(self) -> Waited:
        return Waited(wait=self._wait, conversation=self._conversation.state, pointers=tuple(self._pointers))

    async def _look_first(self, message_id: str, account: str, patience: ActivityConfig) -> None:
        """Look for answers to this letter; what cannot be searched is told at once."""
        self._identify(account=account, message_ids=(message_id,))
        try:
            await self._look(patience)
        except (Exception, asyncio.CancelledError):
            await self._release()  # one of several folders may know us already
            raise
        self._schedule_look()

    async def _await_answers(self) -> WaitStatus:
        """Wait until everyone has answered, or nobody can, or it is too late, or somebody ends it."""
        try:
            await self._until_over()
        except (Exception, asyncio.CancelledError):  # not to continue as new, nor to leave the worker's memory
            await self._release()
            raise
        await self._release()
        return "stopped" if self._stopped is not None else self._conversation.status

    async def _until_over(self) -> None:
        while True:
            await self._listen()
            if self._over:
                return
            await self._look_at_deadline()
            await self._read_pointers()
            if self._over or workflow.now() >= self._wait.deadline:
                return

    @property
    def _over(self) -> bool:
        return self._stopped is not None or self._conversation.over

    async def _listen(self) -> None:
        """Act on what comes until it is over or the deadline has come."""
        while not self._over and workflow.now() < self._wait.deadline:
            self._stirred = False
            await self._read_pointers()
            await self._look_if_due()
            await self._remind_if_due()
            self._show()
            if workflow.info().is_continue_as_new_suggested() and not self._over:
                await workflow.wait_condition(workflow.all_handlers_finished)
                self._continue_as_new()
            await self._rest()

    def _continue_as_new(self) -> None:
        raise NotImplementedError

    async def _rest(self) -> None:
        """Sleep until something happens or falls due."""
        alarm = min(self._wait.deadline, self._wait.next_look, self._next_reminder or self._wait.deadline)
        pause = alarm - workflow.now()
        if self._over or self._stirred or self._pointers or pause <= timedelta():
            return
        summary = "reply deadline" if alarm == self._wait.deadline else "next look"
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._stirred, timeout=pause, timeout_summary=summary)

    async def _read_pointers(self) -> None:
        while self._pointers and not self._over:
            pointer = self._pointers.popleft()
            if self._conversation.knows(pointer):
                continue
            try:
                reply = await self._read(pointer)
            except ActivityError as error:
                self._tolerate(error, "a message could not be read")
                continue
            if reply is not None:
                self._conversation.take(reply, self._wait.deadline)
                await self._save_files(reply.response, pointer)

    async def _read(self, pointer: MessagePointer) -> ReadReply | None:
        recipients = tuple(one.recipient for one in self._conversation.responses)
        fair_share = _TEXT_BUDGET // (_TEXTS_A_RESPONSE * len(recipients))
        request = ReadReplyRequest(
            letter=self._wait.letter,
            pointer=pointer,
            recipients=recipients,
            exclude_pattern=self._rules.wait_stage_exclude_pattern,
            reply_authentication=self._rules.reply_authentication,
            text_limit=min(_LONGEST_TEXT, fair_share),
        )
        return await workflow.execute_activity_method(
            WaitActivities.read_reply, request, **options.summarised(options.WAIT, pointer.message_id)
        )

    async def _save_files(self, response: Response, pointer: MessagePointer) -> None:
        """The answer has been counted; its files go to the case where that was asked for."""
        if not (self._rules.fetch_response_attachments and self._conversation.holds(response)):
            return
        complete = await with_saved_files(
            response, pointer, account=self._wait.letter.account, case_id=self._rules.case_id
        )
        if self._conversation.holds(response):  # nobody has recorded another answer meanwhile
            self._conversation.record(complete)

    async def _look_if_due(self) -> None:
        if workflow.now() < self._wait.next_look or self._over:
            return
        try:
            await self._look(options.IMAP)
        except ActivityError as error:
            self._tolerate(error, "the mailbox could not be searched")
        self._schedule_look()
        await self._read_pointers()

    async def _look_at_deadline(self) -> None:
        """Before it is called timed out; who cannot look then fails, with what is known by then."""
        looked_at = self._wait.looked_at
        if looked_at is not None and looked_at >= self._wait.deadline:
            return
        try:
            await self._look(options.WAIT)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            raise failure_of_workflow(error, so_far=self._result("waiting")) from error

    async def _look(self, patience: ActivityConfig) -> None:
        """Register with the watches and search for answers that are there."""
        began = workflow.now()
        request = LookRequest(
            letter=self._wait.letter,
            until=self._wait.deadline + _LEASE_BEYOND_DEADLINE,
            reminds=bool(self._rules.reminders),
            again=self._wait.looked_at is not None,
        )
        found = await workflow.execute_activity_method(
            WaitActivities.look, request, **options.summarised(patience, ", ".join(self._wait.letter.folders))
        )
        self._identify(account=found.account)
        self._wait.looked_at = began
        self._wait.folders = found.folders
        self._pointers.extend(found.pointers)

    def _identify(self, **known: object) -> None:
        """Know more of the letter than before."""
        self._wait.letter = self._wait.letter.model_copy(update=known)

    def _schedule_look(self) -> None:
        interval = self._wait.look_interval
        self._wait.next_look = workflow.now() + interval * (1 + _JITTER * workflow.random().random())
        self._wait.look_interval = min(interval * _LOOK_GROWTH, _LONGEST_LOOK)

    @property
    def _next_reminder(self) -> datetime | None:
        return next_due(self._rules, self._wait.reminders_sent, self._wait.letter.since)

    async def _remind_if_due(self) -> None:
        if self._over or not self._conversation.pending:
            return
        due = self._next_reminder
        if self._wait.reminder_asked:
            self._wait.reminder_asked = False
            await self._remind(DEFAULT_CONTENT, f"asked at {workflow.now().isoformat()}")
        elif due is not None and due <= workflow.now():
            reminder = in_order(self._rules)[self._wait.reminders_sent]
            self._wait.reminders_sent += 1
            await self._remind(reminder.content, f"number {self._wait.reminders_sent}")

    async def _remind(self, content: EmailContent, name: str) -> None:
        letter, pending = self._wait.letter, self._conversation.pending
        try:
            message_id = await send_reminder(letter, await self._subject(), content, pending, name)
        except ActivityError as error:
            self._tolerate(error, "a reminder could not be sent")
            return
        self._identify(message_ids=(*letter.message_ids, message_id))
        self._wait.next_look = workflow.now()  # answers to the reminder are answers, too

    async def _subject(self) -> str:
        if not self._wait.subject:
            self._wait.subject = await workflow.execute_activity_method(
                WaitActivities.subject, self._wait.letter, **options.IMAP
            )
        return self._wait.subject

    async def _release(self) -> None:
        for folder in self._wait.letter.folders:
            watch = workflow.get_external_workflow_handle_for(
                MailboxWatch.run, watch_id(self._wait.letter.account, folder)
            )
            with suppress(FailureError):  # a watch that has ended has forgotten us already
                await watch.signal(MailboxWatch.release, workflow.info().workflow_id)

    def _tolerate(self, error: ActivityError, what: str) -> None:
        """A wait outlives what fails on the way; it says so, and tries again later."""
        if is_cancelled_exception(error):
            raise error
        self._wait.note = f"At {workflow.now():%Y-%m-%d %H:%M} UTC {what}: {error.cause}"
        workflow.logger.warning(self._wait.note)

    async def _beginning(self) -> None:
        await workflow.wait_condition(lambda: self._begun)

    def _stir(self) -> WaitResult:
        self._stirred = True
        self._show()
        return self._result("waiting")

    def _show(self) -> None:
        workflow.set_current_details(details(self._result("waiting"), self._wait.next_look))

    def _result(self, status: WaitStatus) -> WaitResult:
        return WaitResult(
            status=status,
            message=sentence(status, self._conversation.responses, self._stopped, self._wait.note),
            case_id=self._rules.case_id,
            account=self._wait.letter.account,
            deadline=self._wait.deadline,
            responses=self._conversation.responses,
            excluded=self._conversation.excluded,
            folders=self._conversation.counted(self._wait.folders),
        )
