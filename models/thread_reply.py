"""Send Thread Reply."""

from typing import Annotated

from pydantic import Field

from models.address import Addresses
from models.argument import Folders, MessageId, Names
from models.content import EmailContent
from models.request import Message
from models.send import SendEmailResult, SendingArguments


class SendThreadReplyRequest(SendingArguments):
    """Answer a message of the mailbox, in its thread."""

    message_id: MessageId
    folder_name: Folders
    content: EmailContent
    attachment_paths: Names = ()
    reply_all: bool = False
    reply_to: Annotated[Addresses, Field(description="who gets the reply; default: whoever the message asks")] = ()


class SendThreadReplyResult(SendEmailResult):
    """Who the reply went to, and where in the thread it stands."""

    in_reply_to: str
    references: tuple[str, ...]


class AddressReplyRequest(Message):
    """Find the message that is answered, and who shall get the answer."""

    account: str
    message_id: str
    folders: tuple[str, ...]
    reply_all: bool = False
    reply_to: Addresses = ()


class AddressedReply(Message):
    """What a reply takes from the message it answers."""

    subject: str
    recipients: Addresses
    cc: Addresses = ()
    in_reply_to: str
    references: tuple[str, ...]
    thread_index: str = ""
