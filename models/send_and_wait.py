"""Send a letter, then wait until everyone has answered."""

from models.send import SendEmailRequest, SendEmailResult
from models.wait import WaitArguments, WaitResult


class SendEmailAndWaitRequest(WaitArguments, SendEmailRequest):
    """A letter and how to wait for the answers to it."""


class SendEmailAndWaitResult(WaitResult):
    """Who answered what, and how the letter went out."""

    sent: SendEmailResult | None = None
