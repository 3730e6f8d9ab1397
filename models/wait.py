"""Wait for Email from User."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from models.address import Addresses, as_items, bare
from models.argument import Date, Folders, MessageId, Minutes, RequiredText, Text
from models.attachment import Attachment
from models.content import EmailContent
from models.folder import FolderOutcome
from models.pattern import Pattern
from models.request import Arguments, Message, Request, Result

ReplyAuthentication = Literal["off", "report", "require"]
State = Literal["pending", "replied", "bounced"]
ExclusionReason = Literal["auto_reply", "exclude_pattern", "unknown_sender", "unauthenticated"]
ReplyKind = Literal["reply", "auto_reply", "bounce"]
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
    reply_authentication: ReplyAuthentication = "off"


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

    status: str  # "5.1.1", or the reply code
    diagnostic: str


class Response(Message):
    """What one recipient has answered, as far as is known."""

    recipient: str
    state: State = "pending"
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


class Excluded(Message):
    """A message that belongs to the conversation and does not count as an answer."""

    sender: Annotated[str, Field(alias="from")]
    message_id: str | None
    date: datetime | None
    reason: ExclusionReason


class WaitResult(Result):
    """Who answered what; while the wait runs, what is known so far."""

    status: WaitStatus
    deadline: datetime
    responses: tuple[Response, ...]
    excluded: tuple[Excluded, ...] = ()
    folders: tuple[FolderOutcome, ...] = ()


class ExtendDeadline(Arguments):
    """How many minutes longer to wait; a bare number will do."""

    minutes: Minutes

    @model_validator(mode="before")
    @classmethod
    def _bare_number(cls, value: Any) -> Any:
        return {"minutes": value} if isinstance(value, (int, float, str)) else value


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


class LookRequest(Message):
    """Look for answers now, and be told of those that come later."""

    letter: AwaitedLetter
    until: datetime  # the watch may forget the wait after this
    reminds: bool = False  # the account must be able to send, too
    again: bool = False  # the wait has registered before: an unchanged registration needs no signal


class LookResult(Message):
    """Messages that may be answers, oldest first."""

    account: str
    pointers: tuple[MessagePointer, ...]
    folders: tuple[FolderOutcome, ...]


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
