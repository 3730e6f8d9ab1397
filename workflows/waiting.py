"""What both waiting workflows do: hear of mail, look for it, read it, remind, and end when it is over."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception
from temporalio.workflow import ActivityConfig

from activities import options
from activities.failure import failure_of_workflow
from models.wait import MessagePointer, Response, WaitStatus
from workflows.absence import extension_for
from workflows.figures import measure
from workflows.late_replies import await_late_replies
from workflows.mailbox import look, read_reply, release
from workflows.reminder import DueReminder, is_due, next_due, send_reminder, subject_of, take_due, who_together
from workflows.reply_files import with_saved_files
from workflows.wait_handlers import LONGEST_WAIT, WaitHandlers

# The first look comes after an hour, the others less and less often: they make up for what a watch has missed.
_LOOK_GROWTH = 4
_LONGEST_LOOK = timedelta(days=7)
# Waits that began together must not look together for ever.
_JITTER = 0.1
# Waits that began before did not.
_LOOKS_BEFORE_REMINDING = "looks-before-reminding"
_READS_IN_PORTIONS = "reads-in-portions"


class Waiting(WaitHandlers):
    """A wait: handlers change what it knows, its loop acts on it."""

    async def _look_first(self, message_ids: Iterable[str], account: str, patience: ActivityConfig) -> None:
        """Look for answers to these letters; what cannot be searched is told at once."""
        self._identify(account=account, message_ids=tuple(message_ids))
        try:
            await self._look(patience)
        except (Exception, asyncio.CancelledError):
            await release(self._wait.letter)  # one of several folders may know us already
            raise
        self._schedule_look()

    async def _await_answers(self) -> WaitStatus:
        """Wait until everyone has answered, or nobody can, or it is too late, or somebody ends it."""
        try:
            await self._until_over()
        except (Exception, asyncio.CancelledError):  # not to continue as new, nor to leave the worker's memory
            await release(self._wait.letter)
            raise
        await release(self._wait.letter)
        status: WaitStatus = "stopped" if self._stopped is not None else self._conversation.status
        self._show(status)
        if self._wait.late_replies and not self._over:
            await await_late_replies(self._wait.late_replies, self._rules, self._wait.letter, self._conversation.state)
        return status

    async def _until_over(self) -> None:
        while True:
            await self._listen()
            if self._over:
                return
            await self._look_at_deadline()
            await self._read_pointers()
            if self._pointers and not self._over:
                await self._go_on_anew()
            if self._over or workflow.now() >= self._wait.deadline:
                return

    async def _listen(self) -> None:
        """Act on what comes until it is over or the deadline has come."""
        while not self._over and workflow.now() < self._wait.deadline:
            self._stirred = False
            await self._read_pointers()
            await self._look_if_due()
            await self._remind_if_due()
            self._show()
            if workflow.info().is_continue_as_new_suggested() and not self._over:
                await self._go_on_anew()
            await self._rest()

    async def _go_on_anew(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._continue_as_new()

    def _continue_as_new(self) -> None:
        raise NotImplementedError

    async def _rest(self) -> None:
        """Sleep until something happens or falls due."""
        reminder = next_due(self._rules, self._wait)
        alarm = min(self._wait.deadline, self._wait.next_look, reminder or self._wait.deadline)
        pause = alarm - workflow.now()
        if self._over or self._stirred or self._pointers or pause <= timedelta():
            return
        summary = {self._wait.deadline: "reply deadline", reminder: "next reminder"}.get(alarm, "next look")
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._stirred, timeout=pause, timeout_summary=summary)

    async def _read_pointers(self) -> None:
        while self._pointers and not (self._over or self._is_long):
            pointer = self._pointers.popleft()
            if self._conversation.knows(pointer):
                continue
            try:
                reply = await read_reply(self._wait.letter, pointer, self._rules, self._conversation.recipients)
            except ActivityError as error:
                self._tolerate(error, "a message could not be read")
                continue
            if reply is not None:
                outcome = self._conversation.take(reply, self._wait.deadline)
                measure(reply, outcome, self._wait.letter.account)
                self._allow_for_absence(extension_for(reply, outcome, self._rules, self._wait, self._conversation))
                await self._save_files(reply.response, pointer)

    @property
    def _is_long(self) -> bool:
        """Whether the next run reads the rest: Temporal ends a history of 51,200 events, a flood has no end."""
        return workflow.info().is_continue_as_new_suggested() and workflow.patched(_READS_IN_PORTIONS)

    def _allow_for_absence(self, extension: timedelta) -> None:
        if not extension:
            return
        self._renew_in_time()
        self._wait.deadline = min(self._wait.deadline + extension, workflow.now() + LONGEST_WAIT)
        self._wait.extended_minutes = extension // timedelta(minutes=1)

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
        await self._look_again()

    async def _look_again(self) -> None:
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
        self._wait.note = ""  # the result tells of what fails from now on: there is no later look to make up for it
        try:
            await self._look(options.WAIT)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            raise failure_of_workflow(error, so_far=self._result("waiting")) from error

    async def _look(self, patience: ActivityConfig) -> None:
        """Register with the watches and search for answers that are there."""
        began = workflow.now()
        found = await look(
            self._wait.letter,
            self._conversation.recipients,
            end=self._wait.deadline,
            patience=patience,
            again=self._wait.looked_at is not None,
            reminds=bool(self._rules.reminders),
        )
        self._identify(account=found.account)
        self._wait.looked_at = began
        self._wait.folders = found.folders
        self._wait.extend_on_absence = found.extend_on_absence
        self._wait.late_replies = found.late_replies
        self._wait.has_search_attributes |= found.has_search_attributes
        self._pointers.extend(found.pointers)

    def _schedule_look(self) -> None:
        interval = self._wait.look_interval
        self._wait.next_look = workflow.now() + interval * (1 + _JITTER * workflow.random().random())
        self._wait.look_interval = min(interval * _LOOK_GROWTH, _LONGEST_LOOK)

    async def _remind_if_due(self) -> None:
        if not (self._can_remind and is_due(self._rules, self._wait, workflow.now())):
            return
        looks_first = workflow.patched(_LOOKS_BEFORE_REMINDING)
        if looks_first:  # nobody is reminded whose answer is there, although nobody has told of it
            await self._look_again()
        if self._can_remind:
            await self._remind(take_due(self._rules, self._wait, workflow.now(), latest_alone=looks_first))

    @property
    def _can_remind(self) -> bool:
        return not self._over and workflow.now() < self._wait.deadline and bool(self._conversation.pending)

    async def _remind(self, due: DueReminder) -> None:
        for together in who_together(self._wait.letter, self._conversation.pending):
            try:
                subject = await subject_of(self._wait)
                owing = tuple(one for one in together if one in self._conversation.pending)
                if owing:
                    self._wait.letter, delivery = await send_reminder(self._wait.letter, subject, due, owing)
                    for refused in (*delivery.refused, *delivery.deferred):
                        what = f"a reminder was refused for {refused.address}"
                        self._note(f"{what}: {refused.code} {refused.message}")
            except ActivityError as error:
                self._tolerate(error, "a reminder could not be sent")
                continue
            self._wait.next_look = workflow.now()  # answers to the reminder are answers, too

    def _tolerate(self, error: ActivityError, what: str) -> None:
        """A wait outlives what fails on the way; it says so, and tries again later."""
        if is_cancelled_exception(error):
            raise error
        self._note(f"{what}: {error.cause}")

    def _note(self, what: str) -> None:
        self._wait.note = f"At {workflow.now():%Y-%m-%d %H:%M} UTC {what}"
        workflow.logger.warning(self._wait.note)
