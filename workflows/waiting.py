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
from activities.failure import refused_request
from activities.wait import WaitActivities
from models.address import Address
from models.argument import LONGEST_MINUTES
from models.content import EmailContent
from models.folder import FolderOutcome
from models.send import LetterRequest
from models.wait import (
    AwaitedLetter,
    ExtendDeadline,
    LookRequest,
    MessagePointer,
    ReadReplyRequest,
    RecordReply,
    Response,
    WaitArguments,
    WaitResult,
    WaitStatus,
)
from models.wait_state import WaitState
from workflows.conversation import Conversation
from workflows.ids import letter_identity, watch_id
from workflows.progress import details, sentence
from workflows.reply_files import with_saved_files
from workflows.send import file_copy, hand_over, prepare
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

_DEFAULT_REMINDER = EmailContent(text="A reminder: your answer to the message below is still awaited.")


class Waiting:
    """A wait: handlers change what it knows, its loop acts on it."""

    def __init__(self) -> None:
        self._begun = False
        self._stirred = False
        self._stopped: str | None = None
        self._reminder_asked = False
        self._pointers: deque[MessagePointer] = deque()
        self._note = ""

    @workflow.signal
    def mail_arrived(self, pointer: MessagePointer) -> None:
        """New mail lies here; it may be an answer."""
        self._pointers.append(pointer)
        self._stirred = True

    @workflow.signal
    def stop_waiting(self, reason: JsonValue = "") -> None:
        """End the wait with what is known so far."""
        self._stopped = str(reason or "no reason given")
        self._stirred = True

    @workflow.query
    def progress(self) -> WaitResult:
        """The result so far."""
        return self._result("waiting")

    @workflow.update
    async def extend_deadline(self, minutes: ExtendDeadline) -> WaitResult:
        """Wait longer."""
        await self._beginning()
        longer = timedelta(minutes=minutes.minutes)
        if self._deadline + longer > workflow.now() + _LONGEST_WAIT:
            raise refused_request("minutes: no wait lasts longer than ten years")
        self._deadline += longer
        return self._stir()

    @workflow.update
    async def record_reply(self, reply: RecordReply) -> WaitResult:
        """Count an answer that came another way."""
        await self._beginning()
        recipient = self._conversation.recipient(reply.recipient)
        if recipient is None:
            known = ", ".join(one.recipient for one in self._conversation.responses)
            raise refused_request(f"recipient: {reply.recipient!r} is none of those awaited: {known}")
        self._conversation.record(
            Response(
                recipient=recipient,
                state="replied",
                content=reply.content,
                full_text=reply.content,
                sender=reply.by,
                date=workflow.now(),
            )
        )
        return self._stir()

    @workflow.update
    async def remind(self) -> WaitResult:
        """Write to those who have not answered, now."""
        await self._beginning()
        if not self._conversation.pending:
            raise refused_request("nobody is left to remind")
        self._reminder_asked = True
        return self._stir()

    def _begin(self, rules: WaitArguments, recipients: Iterable[str], since: datetime) -> None:
        """Know whom to wait for, before anything can happen."""
        self._rules = rules
        self._subject = ""
        self._letter = AwaitedLetter(
            account=rules.account, message_ids=(), since=since, folders=rules.folder_to_check_for_reply
        )
        self._deadline = since + timedelta(minutes=rules.wait_stage_timeout_minutes)
        self._conversation = Conversation.begin(rules, recipients)
        self._folders: tuple[FolderOutcome, ...] = ()
        self._reminders_sent = 0
        self._next_look = workflow.now()
        self._look_interval = _FIRST_LOOK
        self._begun = True

    def _resume(self, rules: WaitArguments, state: WaitState) -> None:
        """Go on where the run before this one ended."""
        self._rules = rules
        self._subject = state.subject
        self._letter = state.letter
        self._deadline = state.deadline
        self._conversation = Conversation(rules, state.conversation)
        self._pointers.extendleft(reversed(state.pointers))
        self._folders = state.folders
        self._reminders_sent = state.reminders_sent
        self._reminder_asked = self._reminder_asked or state.reminder_asked
        self._next_look = state.next_look
        self._look_interval = state.look_interval
        self._stopped = self._stopped or state.stopped
        self._note = state.note
        self._begun = True

    @property
    def _state(self) -> WaitState:
        return WaitState(
            letter=self._letter,
            subject=self._subject,
            deadline=self._deadline,
            conversation=self._conversation.state,
            pointers=tuple(self._pointers),
            folders=self._folders,
            reminders_sent=self._reminders_sent,
            reminder_asked=self._reminder_asked,
            next_look=self._next_look,
            look_interval=self._look_interval,
            stopped=self._stopped,
            note=self._note,
        )

    async def _look_first(self, patience: ActivityConfig) -> None:
        """What cannot be searched is told at once; then the next look is due after a while."""
        await self._look(patience)
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
            await self._look(options.WAIT)  # before it is called timed out
            await self._read_pointers()
            if self._over or workflow.now() >= self._deadline:
                return

    @property
    def _over(self) -> bool:
        return self._stopped is not None or self._conversation.over

    async def _listen(self) -> None:
        """Act on what comes until it is over or the deadline has come."""
        while not self._over and workflow.now() < self._deadline:
            self._stirred = False
            await self._read_pointers()
            await self._look_if_due()
            await self._remind_if_due()
            self._show()
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                self._continue_as_new()
            await self._rest()

    def _continue_as_new(self) -> None:
        raise NotImplementedError

    async def _rest(self) -> None:
        """Sleep until something happens or falls due."""
        alarm = min(self._deadline, self._next_look, self._next_reminder or self._deadline)
        pause = alarm - workflow.now()
        if self._over or self._stirred or self._pointers or pause <= timedelta():
            return
        summary = "reply deadline" if alarm == self._deadline else "next look"
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._stirred, timeout=pause, timeout_summary=summary)

    async def _read_pointers(self) -> None:
        while self._pointers and not self._over:
            pointer = self._pointers.popleft()
            if not self._conversation.knows(pointer):
                await self._read(pointer)

    async def _read(self, pointer: MessagePointer) -> None:
        recipients = tuple(one.recipient for one in self._conversation.responses)
        fair_share = _TEXT_BUDGET // (_TEXTS_A_RESPONSE * len(recipients))
        request = ReadReplyRequest(
            letter=self._letter,
            pointer=pointer,
            recipients=recipients,
            exclude_pattern=self._rules.wait_stage_exclude_pattern,
            reply_authentication=self._rules.reply_authentication,
            text_limit=min(_LONGEST_TEXT, fair_share),
        )
        try:
            reply = await workflow.execute_activity_method(
                WaitActivities.read_reply, request, **options.summarised(options.WAIT, pointer.message_id)
            )
        except ActivityError as error:
            self._tolerate(error, "a message could not be read")
            return
        if reply is not None:
            self._conversation.take(reply, self._deadline)
            await self._save_files(reply.response, pointer)

    async def _save_files(self, response: Response, pointer: MessagePointer) -> None:
        """The answer has been counted; its files go to the case where that was asked for."""
        if not (self._rules.fetch_response_attachments and self._conversation.holds(response)):
            return
        complete = await with_saved_files(response, pointer, account=self._letter.account, case_id=self._rules.case_id)
        if self._conversation.holds(response):  # nobody has recorded another answer meanwhile
            self._conversation.record(complete)

    async def _look_if_due(self) -> None:
        if workflow.now() < self._next_look or self._over:
            return
        try:
            await self._look(options.IMAP)
        except ActivityError as error:
            self._tolerate(error, "the mailbox could not be searched")
        self._schedule_look()
        await self._read_pointers()

    async def _look(self, patience: ActivityConfig) -> None:
        """Register with the watches and search for answers that are there."""
        request = LookRequest(
            letter=self._letter,
            until=self._deadline + _LEASE_BEYOND_DEADLINE,
            reminds=bool(self._rules.reminders),
        )
        found = await workflow.execute_activity_method(
            WaitActivities.look, request, **options.summarised(patience, ", ".join(self._letter.folders))
        )
        self._letter = self._letter.model_copy(update={"account": found.account})
        self._folders = found.folders
        self._pointers.extend(found.pointers)

    def _schedule_look(self) -> None:
        spread = 1 + _JITTER * workflow.random().random()
        self._next_look = workflow.now() + self._look_interval * spread
        self._look_interval = min(self._look_interval * _LOOK_GROWTH, _LONGEST_LOOK)

    @property
    def _next_reminder(self) -> datetime | None:
        due = sorted(reminder.after_minutes for reminder in self._rules.reminders)[self._reminders_sent :]
        return self._letter.since + timedelta(minutes=due[0]) if due else None

    async def _remind_if_due(self) -> None:
        due = self._next_reminder
        if self._over or not self._conversation.pending:
            return
        if self._reminder_asked:
            self._reminder_asked = False
            await self._remind(_DEFAULT_REMINDER, f"asked at {workflow.now().isoformat()}")
        elif due is not None and due <= workflow.now():
            reminders = sorted(self._rules.reminders, key=lambda reminder: reminder.after_minutes)
            self._reminders_sent += 1
            await self._remind(reminders[self._reminders_sent - 1].content, f"number {self._reminders_sent}")

    async def _remind(self, content: EmailContent, name: str) -> None:
        """Write to those who owe an answer, in the thread of the letter."""
        original = self._letter.message_ids[0]
        try:
            reminder = LetterRequest(
                account=self._letter.account,
                identity=letter_identity(f"reminder {name}"),
                date=workflow.now(),
                subject=await self._reminder_subject(),
                content=content,
                recipients=tuple(Address(address=one) for one in self._conversation.pending),
                in_reply_to=original,
                references=(original,),
            )
            prepared = await prepare(reminder)
            await hand_over(reminder, prepared.message_id)
            await file_copy(reminder, prepared.message_id)
        except ActivityError as error:
            self._tolerate(error, "a reminder could not be sent")
            return
        ids = (*self._letter.message_ids, prepared.message_id)
        self._letter = self._letter.model_copy(update={"message_ids": ids})
        self._next_look = workflow.now()  # answers to the reminder are answers, too

    async def _reminder_subject(self) -> str:
        if not self._subject:
            self._subject = await workflow.execute_activity_method(WaitActivities.subject, self._letter, **options.IMAP)
        return f"Re: {self._subject}" if self._subject else "Reminder"

    async def _release(self) -> None:
        for folder in self._letter.folders:
            watch = workflow.get_external_workflow_handle_for(MailboxWatch.run, watch_id(self._letter.account, folder))
            with suppress(FailureError):  # a watch that has ended has forgotten us already
                await watch.signal(MailboxWatch.release, workflow.info().workflow_id)

    def _tolerate(self, error: ActivityError, what: str) -> None:
        """A wait outlives what fails on the way; it says so, and tries again later."""
        if is_cancelled_exception(error):
            raise error
        self._note = f"At {workflow.now():%Y-%m-%d %H:%M} UTC {what}: {error.cause}"
        workflow.logger.warning(self._note)

    async def _beginning(self) -> None:
        await workflow.wait_condition(lambda: self._begun)

    def _stir(self) -> WaitResult:
        self._stirred = True
        self._show()
        return self._result("waiting")

    def _show(self) -> None:
        workflow.set_current_details(details(self._result("waiting"), self._next_look))

    def _result(self, status: WaitStatus) -> WaitResult:
        return WaitResult(
            status=status,
            message=sentence(status, self._conversation.responses, self._stopped, self._note),
            case_id=self._rules.case_id,
            account=self._letter.account,
            deadline=self._deadline,
            responses=self._conversation.responses,
            excluded=self._conversation.excluded,
            folders=self._conversation.counted(self._folders),
        )
