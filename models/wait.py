"""Wait for Email from User."""

from datetime import date as calendar_day
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from models.address import Addresses, as_items, bare
from models.argument import Date, Folders, MessageId, Minutes, MinutesOrZero, RequiredText, Text
from models.attachment import Attachment
from models.content import EmailContent
from models.folder import FolderOutcome
from models.pattern import Pattern
from models.request import Arguments, Message, Request, Result

ReplyAuthentication = Literal["off", "report", "require"]
State = Literal["pending", "replied", "bounced"]
ExclusionReason = Literal[
    "auto_reply",
    "delivery_report",
    "exclude_pattern",
    "unknown_sender",
    "unauthenticated",
    "answered_before",  # another answer of somebody whose first one counts
]
ReplyKind = Literal["reply", "auto_reply", "bounce"]
# A month: whoever waits longer for an answer should wait for it.
MOST_HOURS_LATE = 31 * 24
WaitStatus = Literal["waiting", "replied", "partially_replied", "timed_out", "undeliverable", "stopped"]


class Reminder(Arguments):
    """A letter to those who have not answered after some time."""

    after_minutes: Minutes
    content: EmailContent


class WaitArguments(Request):
    """How to wait: for whom of the recipients, how long, and what does not count."""

    wait_stage_timeout_minutes: Minutes
    wait_for_all_recipients_to_reply: bool = False
    wait_stage_exclude_pattern: Pattern | None = None
    folder_to_check_for_reply: Folders = ("INBOX",)
    fetch_response_attachments: bool = False
    ignore_auto_replies: bool = True
    reminders: Annotated[tuple[Reminder, ...], BeforeValidator(as_items)] = ()
    reply_authentication: ReplyAuthentication = "report"
    extend_on_absence: MinutesOrZero | None = None  # null = as the worker's policy says


class WaitForEmailFromUserRequest(WaitArguments):
    """Wait until the recipients of a letter that has been sent have answered."""

    email_message_id: MessageId
    email_date: Date
    email_recipients: Annotated[Addresses, Field(min_length=1)]

    @property
    def deadline(self) -> datetime:
        """The last moment at which an answer counts."""
        return self.email_date + timedelta(minutes=self.wait_stage_timeout_minutes)

    @property
    def bracketed_id(self) -> str:
        """The Message-ID with its angle brackets, however it was written (RFC 5322 §3.6.4)."""
        return f"<{self.email_message_id.strip('<>')}>"


class Authentication(Message):
    """Whether a reply comes from the domain it says (RFC 7489, RFC 6376, RFC 8601)."""

    result: Literal["pass", "fail", "none"]
    method: str = ""
    domain: str = ""
    reason: str = ""


class Bounce(Message):
    """Why a letter did not reach a recipient (RFC 3464; or refused at once, RFC 5321)."""

    code: str = ""  # the SMTP reply code, "550", where it is told
    status: str  # "5.1.1", or the reply code
    diagnostic: str
    recipient: str = ""  # the address that failed: another than was written to where the letter had been forwarded


class Response(Message):
    """What one recipient has answered, as far as is known."""

    recipient: str
    state: State = "pending"
    on_behalf: bool = False  # somebody else answered, to the signed address of the letter that this recipient got
    content: str | None = None  # the new text, without the quoted history
    full_text: str | None = None
    html: str | None = None
    text_truncated: bool = False
    subject: str | None = None
    sender: Annotated[str | None, Field(alias="from")] = None
    date: datetime | None = None
    message_id: str | None = None
    folder: str | None = None
    attachments: tuple[Attachment, ...] = ()
    authentication: Authentication | None = None
    bounce: Bounce | None = None


class Absence(Message):
    """What an automatic reply says of an absence."""

    until: calendar_day | None = None  # the last day that it names, or that of the return; null when that is not sure
    delegate: str | None = None


class Excluded(Message):
    """A message that belongs to the conversation and does not count as an answer."""

    sender: Annotated[str, Field(alias="from")]
    message_id: str | None
    date: datetime | None
    reason: ExclusionReason
    rule: str = ""  # by which it was taken for a machine's: docs/replies.md; empty = a person's
    text: str | None = None  # of an automatic reply or of another answer, cut
    until: calendar_day | None = None
    delegate: str | None = None


class WaitResult(Result):
    """Who answered what; while the wait runs, what is known so far."""

    status: WaitStatus
    deadline: datetime
    responses: tuple[Response, ...]
    excluded: tuple[Excluded, ...] = ()
    more_excluded: int = 0  # messages beyond the 500 that are listed
    folders: tuple[FolderOutcome, ...] = ()
    extended_minutes: int = 0  # by which an absence has put the deadline off


class ExtendDeadline(Arguments):
    """How many minutes longer to wait; a bare number will do."""

    minutes: Minutes

    @model_validator(mode="before")
    @classmethod
    def _bare_number(cls, value: Any) -> Any:
        return {"minutes": value} if isinstance(value, (int, float, str)) else value


class Remind(Arguments):
    """What a reminder by hand says; a bare text will do, and nothing at all."""

    content: EmailContent | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"content": value} if value.strip() else {}
        return value


class RecordReply(Arguments):
    """An answer that came another way: by telephone, in person."""

    recipient: Annotated[RequiredText, AfterValidator(bare)]
    content: Text
    by: RequiredText

    def response(self, recipient: str, date: datetime) -> Response:
        """The answer as one of the recipient's."""
        return Response(
            recipient=recipient,
            state="replied",
            content=self.content,
            full_text=self.content,
            sender=self.by,
            date=date,
        )


class MessagePointer(Message):
    """Where a message lies; the signal that new mail has come carries nothing else (RFC 3501 §2.3.1.1)."""

    folder: str
    uid_validity: int
    uid: int
    message_id: str = ""

    @property
    def identity(self) -> str:
        """What no other message shares."""
        return f"uid:{self.uid_validity}/{self.uid}/{self.folder}"


class AwaitedLetter(Message):
    """What the mail layer needs to know of a letter to find its answers."""

    account: str
    message_ids: tuple[str, ...]  # of the letter and its reminders
    since: datetime
    folders: tuple[str, ...]
    # Of letters that went to one recipient alone: Message-ID, recipient.
    addressees: dict[str, str] = Field(default_factory=dict[str, str])
    subject: str = ""  # empty = not known

    def with_letters(self, *message_ids: str, addressee: str = "") -> "AwaitedLetter":
        """The same with further letters of the conversation; with an addressee, they went to that one alone."""
        alone = dict.fromkeys(message_ids, addressee) if addressee else {}
        ids = tuple(dict.fromkeys((*self.message_ids, *message_ids)))
        return self.model_copy(update={"message_ids": ids, "addressees": {**self.addressees, **alone}})


class LookRequest(Message):
    """Look for answers now, and be told of those that come later."""

    letter: AwaitedLetter
    until: datetime  # the watch may forget the wait after this
    reminds: bool = False  # the account must be able to send, too
    again: bool = False  # the wait has registered before: an unchanged registration needs no signal
    recipients: tuple[str, ...] = ()  # who may answer, for mailboxes where a subject is enough


class LateReplyRoute(Message):
    """Where answers are told that come after their wait has timed out; a part of the worker's settings."""

    model_config = ConfigDict(extra="forbid")  # a misspelt setting must not be passed over

    to: Literal["off", "case_note", "signal"] = "off"
    hours: Annotated[int, Field(ge=1, le=MOST_HOURS_LATE)] = 24  # after the end of the wait
    workflow_id: str = ""  # whom to signal; {case_id} stands for the case
    signal: str = "late_reply"

    @model_validator(mode="after")
    def _knows_whom(self) -> Self:
        if self.to == "signal" and not (self.workflow_id and self.signal):
            raise ValueError("to = signal needs workflow_id and signal: whom to tell, and the name of the signal")
        return self

    def workflow_of(self, case_id: str) -> str:
        """The workflow that hears of the answers in a case."""
        return self.workflow_id.replace("{case_id}", case_id)


class LookResult(Message):
    """Messages that may be answers, oldest first."""

    account: str
    pointers: tuple[MessagePointer, ...]
    folders: tuple[FolderOutcome, ...]
    extend_on_absence: int = 0  # minutes; what the worker's policy says
    late_replies: LateReplyRoute | None = None  # null = nobody wants to know
    has_search_attributes: bool = False  # Temporal: setting what it lacks would fail the workflow's task for ever


class ReadReplyRequest(Message):
    """Read one message as an answer to a letter."""

    letter: AwaitedLetter
    pointer: MessagePointer
    recipients: tuple[str, ...]
    exclude_pattern: str | None
    reply_authentication: ReplyAuthentication
    text_limit: int  # characters of each text; what is longer is cut and flagged


class ReadReply(Message):
    """One message of the conversation, read and judged; what it means for the wait, the wait decides."""

    kind: ReplyKind
    response: Response  # `recipient` is empty when the sender is none of the awaited
    arrived: datetime  # when the server took it in; a Date header can be forged
    identities: tuple[str, ...]  # the same message seen again shares one of these
    matches_exclude_pattern: bool = False
    bounces: tuple[Response, ...] = ()  # one per recipient that a delivery report gives up
    foreign_token: bool = False  # came to a signed address that is none of the letter's
    absence: Absence | None = None  # only of automatic replies
    tied: bool = True  # false: a delivery report that neither a token nor an id ties to the letter
    rule: str = ""  # by which it was taken for a machine's: docs/replies.md; empty = a person's
