"""After a wait has timed out: what still comes is told instead of vanishing."""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, WorkflowAlreadyStartedError, is_cancelled_exception
from temporalio.workflow import ParentClosePolicy

from activities import options
from activities.late_reply import LateReplyActivities
from models.late_reply import LateRepliesRequest, LateRepliesResult, LateReply
from models.wait import AwaitedLetter, LateReplyRoute, MessagePointer, Response, WaitArguments
from models.wait_state import ConversationState
from workflows.conversation import Conversation
from workflows.ids import late_replies_id
from workflows.mailbox import look, read_reply, release
from workflows.search_attributes import inherited


@workflow.defn
class LateReplies:
    """Listen for some time for those who did not answer in time, and tell what they write."""

    _request: LateRepliesRequest
    _conversation: Conversation

    def __init__(self) -> None:
        self._pointers: deque[MessagePointer] = deque()
        self._replies: list[LateReply] = []
        self._untold = 0

    @workflow.run
    async def run(self, request: LateRepliesRequest) -> LateRepliesResult:
        self._request = request
        self._conversation = Conversation(request.rules, request.conversation)
        self._replies, self._untold = list(request.told.replies), request.told.untold
        try:
            await self._listen()
        except (Exception, asyncio.CancelledError):  # not to leave the worker's memory
            await release(request.letter)
            raise
        await release(request.letter)
        return self._told

    @workflow.signal
    def mail_arrived(self, pointer: MessagePointer) -> None:
        """New mail lies here; it may be an answer."""
        self._pointers.append(pointer)

    async def _listen(self) -> None:
        """Nobody looks at the clock here: what the watch has missed is found by the look at the end."""
        await self._look(again=False)
        while self._conversation.pending and workflow.now() < self._request.until:
            self._go_on_if_long()
            left = self._request.until - workflow.now()
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: bool(self._pointers), timeout=left, timeout_summary="no longer late but forgotten"
                )
            await self._read_pointers()
        if self._conversation.pending:
            await self._look(again=True)
            self._go_on_if_long()

    def _go_on_if_long(self) -> None:
        """A flood is read in portions: the next run finds the rest with its first look."""
        if self._is_long and self._conversation.pending:
            known = {"conversation": _briefly(self._conversation.state), "told": self._told}
            workflow.continue_as_new(self._request.model_copy(update=known))

    @property
    def _is_long(self) -> bool:
        return workflow.info().is_continue_as_new_suggested()

    @property
    def _told(self) -> LateRepliesResult:
        return LateRepliesResult(replies=tuple(self._replies), untold=self._untold)

    async def _look(self, *, again: bool) -> None:
        request = self._request
        found = await look(
            request.letter, self._conversation.recipients, end=request.until, patience=options.WAIT, again=again
        )
        self._pointers.extend(found.pointers)
        await self._read_pointers()

    async def _read_pointers(self) -> None:
        while self._pointers and self._conversation.pending and not self._is_long:
            pointer = self._pointers.popleft()
            if not self._conversation.knows(pointer):
                await self._read(pointer)

    async def _read(self, pointer: MessagePointer) -> None:
        request = self._request
        try:
            reply = await read_reply(request.letter, pointer, request.rules, self._conversation.recipients)
        except ActivityError as error:
            self._tolerate(error, "a late message could not be read")
            return
        if reply and self._conversation.take(reply, request.until) == "replied":
            await self._tell(self._late(reply.response))

    async def _tell(self, reply: LateReply) -> None:
        self._replies.append(reply)
        workflow.set_current_details(f"{len(self._replies)} late, until {self._request.until:%Y-%m-%d %H:%M} UTC")
        if self._request.route.to == "signal" and await self._signalled(reply):
            return
        try:
            await workflow.execute_activity_method(
                LateReplyActivities.note, reply, **options.summarised(options.WAIT, reply.recipient)
            )
        except ActivityError as error:
            self._tolerate(error, "a late reply could not be noted")
            self._untold += 1

    async def _signalled(self, reply: LateReply) -> bool:
        """Whether the workflow of the settings has taken it; one that has ended does not."""
        route = self._request.route
        target = workflow.get_external_workflow_handle(route.workflow_of(reply.case_id))
        try:
            await target.signal(route.signal, reply)
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            workflow.logger.warning("a late reply could not be signalled, it is noted instead: %s", error)
            return False
        return True

    def _late(self, response: Response) -> LateReply:
        return LateReply(
            case_id=self._request.rules.case_id,
            account=self._request.letter.account,
            wait_id=self._request.wait_id,
            letter_message_id=self._request.letter.message_ids[0],
            recipient=response.recipient,
            on_behalf=response.on_behalf,
            sender=response.sender or "",
            subject=response.subject or "",
            content=response.content or "",
            date=response.date,
            message_id=response.message_id,
            folder=response.folder or "",
            authentication=response.authentication,
        )

    def _tolerate(self, error: ActivityError, what: str) -> None:
        if is_cancelled_exception(error):
            raise error
        workflow.logger.warning("%s: %s", what, error.cause)


async def await_late_replies(
    route: LateReplyRoute, rules: WaitArguments, letter: AwaitedLetter, conversation: ConversationState
) -> None:
    """Leave it to a workflow of its own, which outlives the wait that has timed out."""
    request = LateRepliesRequest(
        wait_id=workflow.info().workflow_id,
        rules=WaitArguments.model_validate(rules.model_dump(include=_RULES)),
        letter=letter,
        conversation=_briefly(conversation),
        until=workflow.now() + timedelta(hours=route.hours),
        route=route,
    )
    with suppress(WorkflowAlreadyStartedError):
        await workflow.start_child_workflow(
            LateReplies.run,
            request,
            id=late_replies_id(),
            parent_close_policy=ParentClosePolicy.ABANDON,
            static_summary=f"after {request.wait_id}",
            search_attributes=inherited(),
        )


# All that decides whether something counts as an answer; the letter itself and its reminders are history.
_RULES = set(WaitArguments.model_fields) - {"reminders"}


def _briefly(conversation: ConversationState) -> ConversationState:
    """Who has answered and what has been seen, without what was said."""
    responses = tuple(Response(recipient=one.recipient, state=one.state) for one in conversation.responses)
    return ConversationState(responses=responses, seen=conversation.seen)
