"""An email in a result."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from models.attachment import Attachment
from models.request import Message


class Email(Message):
    """A message of a mailbox as it is told: what it says, not how it was written."""

    folder: str
    folders: Annotated[tuple[str, ...], Field(description="every searched folder that holds it, `folder` first")]
    uid: int
    uid_validity: int
    message_id: str | None
    date: Annotated[datetime, Field(description="when the server took it in; a Date header can be forged")]
    sender: Annotated[str, Field(alias="from")]
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    unread: bool
    size: Annotated[int, Field(description="octets of the whole message")]
    text: Annotated[str, Field(description="the plain text; of a message that has HTML alone, the text of that")] = ""
    html: str | None = None
    text_truncated: Annotated[bool, Field(description="text or html are not complete")] = False
    attachments: Annotated[tuple[Attachment, ...], Field(description="listed, not loaded")] = ()
    defect: Annotated[str | None, Field(description="what of the message could not be read or is not listed")] = None
