"""Send Email."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from models.address import Address, Addresses
from models.argument import Names, RequiredLine
from models.content import EmailContent
from models.request import Message, Request, Result
from models.wait import MessagePointer

OnUnknown = Literal["fail", "resend"]
# Letters of one workflow: RFC 5321 §4.5.3.1.8 has servers take a hundred recipients of one letter.
MOST_LETTERS = 100
# Each stands twice in the history of its workflow, which Temporal ends at 50 MB.
MOST_CHARACTERS = 8_000_000


class SendingArguments(Request):
    """What every action takes that sends a letter."""

    # "resend" = rather twice than not at all (RFC 5321 §4.5.4.2 leaves a client no third way).
    on_unknown: OnUnknown = "fail"


class SendEmailRequest(SendingArguments):
    """Send a letter."""

    recipients: Annotated[Addresses, Field(min_length=1)]
    subject: RequiredLine
    content: EmailContent
    cc: Addresses = ()
    bcc: Addresses = ()
    return_message_id_for_the_sent_email: bool = False
    attachments_paths: Names = ()
    reply_to: Addresses = ()
    one_letter_per_recipient: bool = False

    @field_validator("one_letter_per_recipient")
    @classmethod
    def _can_be_split(cls, value: bool, info: ValidationInfo) -> bool:
        given = info.data
        if not value:
            return value
        if given.get("cc") or given.get("bcc"):
            raise ValueError("cc and bcc cannot be given with it: name everybody in recipients")
        letters, content = len(given.get("recipients", ())), given.get("content")
        if letters > MOST_LETTERS:
            raise ValueError(f"{letters:,} recipients; one action writes at most {MOST_LETTERS} letters")
        if content and letters * len(content.model_dump_json()) > MOST_CHARACTERS:
            raise ValueError(f"{letters:,} letters of this length are more than {MOST_CHARACTERS:,} characters")
        return value


class RefusedRecipient(Message):
    """A recipient that the server did not take, and why (RFC 5321 §4.2)."""

    address: str
    code: int  # 0 = no server has said so: a letter to one recipient failed while others left
    message: str


class SendEmailResult(Result):
    """Who the letter went to."""

    status: Literal["sent", "partially_sent"]
    message_id: str | None
    date: datetime
    recipients: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    refused: tuple[RefusedRecipient, ...] = ()
    subject: str
    attachments: tuple[str, ...] = ()
    # Where every recipient got a letter of their own: recipient, Message-ID; `message_id` is then that of the first.
    message_ids: dict[str, str] = Field(default_factory=dict[str, str])
    # Where the sending service gave letters other ids, by which answers name them: our Message-ID, the service's.
    renamed: dict[str, str] = Field(default_factory=dict[str, str])


class LetterRequest(Message):
    """A letter for the server: what was asked for, with an identity that the workflow fixes."""

    account: str
    identity: str  # of the workflow: the same letter, however often it is handed over
    date: datetime
    subject: str
    content: EmailContent | None  # null = nothing but what is forwarded
    recipients: Addresses
    cc: Addresses = ()
    bcc: Addresses = ()
    reply_to: Addresses = ()
    attachments_paths: tuple[str, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    thread_index: str = ""  # of the letter that is answered (Outlook's threads)
    forwarded: MessagePointer | None = None  # goes along: quoted, with its files, read where it lies
    one_letter_per_recipient: bool = False  # it is split into letters that name one recipient each

    @property
    def everybody(self) -> tuple[Address, ...]:
        """All who shall get the letter, whatever their role."""
        return self.recipients + self.cc + self.bcc


class PrepareRequest(Message):
    """Check all that can be checked before anything is sent."""

    letter: LetterRequest
    awaits_replies: bool = False


class PreparedLetter(Message):
    """A letter that can be sent."""

    account: str  # the configured name, when the request left it to the default
    message_id: str
    has_search_attributes: bool = False  # Temporal: setting what it lacks would fail the workflow's task for ever


class DeliverRequest(Message):
    """Hand a letter over, to all its recipients or to those that are left."""

    letter: LetterRequest
    message_id: str
    only: tuple[str, ...] = ()  # empty = everybody
    on_unknown: OnUnknown = "fail"


class Delivery(Message):
    """What the server said about each recipient."""

    accepted: tuple[str, ...] = ()
    refused: tuple[RefusedRecipient, ...] = ()  # for good (5xx)
    deferred: tuple[RefusedRecipient, ...] = ()  # for now (4xx)
    server_reply: str = ""  # to the letter; Amazon SES tells its own Message-ID here
    renamed_to: str = ""  # the Message-ID that the sending service gave the letter instead of ours


class Filing(Message):
    """Whether a copy lies in Sent."""

    folder: str | None  # null = the account keeps none
    renamed_to: str = ""  # the Message-ID of the copy that the sending service filed, where that is not ours
