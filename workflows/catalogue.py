"""Every workflow of this worker; apart from `__init__`, which the sandbox runs again for each workflow that starts."""

from workflows.delete import DeleteEmail
from workflows.download import DownloadEmailAttachments
from workflows.forward import ForwardEmail
from workflows.late_replies import LateReplies
from workflows.move import MoveEmailToFolder
from workflows.ping import Ping
from workflows.save import SaveEmailAttachmentsToCase
from workflows.search import SearchEmail
from workflows.send import SendEmail
from workflows.send_and_wait import SendEmailAndWait
from workflows.thread_reply import SendThreadReply
from workflows.wait import WaitForEmailFromUser
from workflows.watch import MailboxWatch

WORKFLOWS = (
    SendEmail,
    SendThreadReply,
    ForwardEmail,
    SendEmailAndWait,
    WaitForEmailFromUser,
    SearchEmail,
    MoveEmailToFolder,
    DeleteEmail,
    DownloadEmailAttachments,
    SaveEmailAttachmentsToCase,
    Ping,
    MailboxWatch,
    LateReplies,
)
