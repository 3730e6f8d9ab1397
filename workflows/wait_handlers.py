"""What is done to a wait while it runs: by the watch that tells it of mail, by people who look at it or change it."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import JsonValue
from temporalio import workflow

from activities.failure import refused_request
from models.argument import LONGEST_MINUTES
from models.json import is_object
from models.wait import (
    AwaitedLetter,
    ExtendDeadline,
    MessagePointer,
    RecordReply,
    Remind,
    WaitArguments,
    WaitResult,
    WaitStatus,
)
from models.wait_state import Waited, WaitState
from workflows import search_attributes
from workflows.conversation import Conversation
from workflows.progress import details, sentence

# The watch tells of mail at once; the wait's own looks only make up for what a watch has missed.
_FIRST_LOOK = timedelta(hours=1)
# However often a deadline is moved, it must not leave the calendar.
LONGEST_WAIT = timedelta(minutes=LONGEST_MINUTES)
# Waits that began before did not.
_RENEWS_WHEN_EXTENDED = "renews-when-extended"


class WaitHandlers:
    """What a wait knows, and the handlers that change it; none of them waits for anything but the beginning."""

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
        if deadline > workflow.now() + LONGEST_WAIT:
            raise refused_request("minutes: no wait lasts longer than ten years")
        if workflow.patched(_RENEWS_WHEN_EXTENDED):
            self._renew_in_time()
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
    async def remind(self, reminder: Remind | None = None) -> WaitResult:
        """Write to those who have not answered, now."""
        await self._beginning()
        if not self._conversation.pending:
            raise refused_request("nobody is left to remind")
        self._wait.reminder_asked = True
        self._wait.reminder_content = reminder.content if reminder else None
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

    @property
    def _over(self) -> bool:
        return self._stopped is not None or self._conversation.over

    def _identify(self, **known: object) -> None:
        """Know more of the letter than before."""
        self._wait.letter = self._wait.letter.model_copy(update=known)

    def _renew_in_time(self) -> None:
        """The watches must know of a later deadline before they forget us some time after this one."""
        self._wait.next_look = min(self._wait.next_look, self._wait.deadline)

    async def _beginning(self) -> None:
        await workflow.wait_condition(lambda: self._begun)

    def _stir(self) -> WaitResult:
        self._stirred = True
        self._show()
        return self._result("waiting")

    def _show(self, status: WaitStatus = "waiting") -> None:
        """Bring up to date what Temporal's UI shows, and what the wait is found by."""
        letter = self._wait.letter
        workflow.set_current_details(details(self._result(status), since=letter.since, next_look=self._wait.next_look))
        if self._wait.has_search_attributes:
            search_attributes.show(
                case_id=self._rules.case_id, account=letter.account, message_ids=letter.message_ids, state=status
            )

    def _result(self, status: WaitStatus) -> WaitResult:
        return WaitResult(
            status=status,
            message=sentence(status, self._conversation.responses, self._stopped, self._wait.note),
            case_id=self._rules.case_id,
            account=self._wait.letter.account,
            deadline=self._wait.deadline,
            responses=self._conversation.responses,
            excluded=self._conversation.excluded,
            more_excluded=self._conversation.more_excluded,
            folders=self._conversation.counted(self._wait.folders),
            extended_minutes=self._wait.extended_minutes,
        )
