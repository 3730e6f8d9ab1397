"""Forward Email."""

from typing import Annotated

from pydantic import Field

from models.address import Addresses
from models.argument import Folders, MessageId, Names, RequiredLine
from models.content import EmailContent
from models.request import Message
from models.send import SendEmailResult, SendingArguments


class ForwardEmailRequest(SendingArguments):
    """Send a message of the mailbox on, whole."""

    folder_name: Folders
    message_id_of_email_to_forward: MessageId
    recipients: Annotated[Addresses, Field(min_length=1)]
    subject: RequiredLine
    cc: Addresses = ()
    bcc: Addresses = ()
    content: EmailContent | None = None
    return_message_id_for_the_forwarded_email: bool = False
    attachments_paths: Names = ()


class ForwardEmailResult(SendEmailResult):
    """Who the message went on to."""

    forwarded_message_id: str


class FindOriginalRequest(Message):
    """Find the message that is forwarded."""

    account: str
    message_id: str
    folders: tuple[str, ...]
