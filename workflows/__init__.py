"""The workflows; each file is one action, and `waiting.py` is what two of them share."""

from workflows.ping import Ping
from workflows.send import SendEmail
from workflows.send_and_wait import SendEmailAndWait
from workflows.unknown import UnknownWorkflow
from workflows.wait import WaitForEmailFromUser
from workflows.watch import MailboxWatch

WORKFLOWS = (
    SendEmail,
    SendEmailAndWait,
    WaitForEmailFromUser,
    Ping,
    MailboxWatch,
    UnknownWorkflow,
)
