"""Answers that come after their wait has timed out."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from models.request import Message
from models.wait import Authentication, AwaitedLetter, LateReplyRoute, WaitArguments
from models.wait_state import ConversationState


class LateReply(Message):
    """An answer that nobody waits for any more."""

    case_id: str
    account: str
    wait_id: str  # the workflow that has timed out
    letter_message_id: str
    recipient: str
    on_behalf: bool = False
    sender: Annotated[str, Field(alias="from")]
    subject: str
    content: str  # the new text, without the quoted history
    date: datetime | None
    message_id: str | None
    folder: str
    authentication: Authentication | None = None


class LateRepliesResult(Message):
    """What has come, and how much of it could not be told to anybody."""

    replies: tuple[LateReply, ...] = ()
    untold: int = 0


class LateRepliesRequest(Message):
    """For whose answers to listen, until when, and whom to tell."""

    wait_id: str
    rules: WaitArguments
    letter: AwaitedLetter
    conversation: ConversationState
    until: datetime
    route: LateReplyRoute
    told: LateRepliesResult = LateRepliesResult()  # by the runs before this one
