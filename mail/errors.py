"""Everything that can go wrong with mail, as callers see it.

MailError
├── retrying cannot help
│   ├── UnknownAccount, NotConfigured
│   ├── AuthenticationFailed, CertificateRejected
│   ├── FolderNotFound, MessageNotFound
│   ├── AllRecipientsRefused, MessageRejected, RecipientForbidden
│   ├── AttachmentNotFound, AttachmentForbidden, AttachmentTooLarge
│   ├── InvalidContent
│   └── SendOutcomeUnknown
└── retrying can help
    └── ServerUnavailable

A class name is the failure type that a caller reads (`contract.md`, "Failures").
"""

from typing import ClassVar

# Names that callers give may be megabytes long, and a failure travels with its cause in 2 MiB.
_LONGEST_SENTENCE = 2_000


class MailError(Exception):
    """A mail operation failed; `details` is data for programs, the sentence is for people."""

    retryable: ClassVar[bool] = False
    type: ClassVar[str] = "MailError"

    def __init__(self, message: str, **details: object) -> None:
        self.message = message if len(message) <= _LONGEST_SENTENCE else f"{message[:_LONGEST_SENTENCE]}…"
        super().__init__(self.message)
        self.details = details

    def __init_subclass__(cls) -> None:
        cls.type = cls.__name__


class UnknownAccount(MailError):
    """The request names an account that the settings do not have."""


class NotConfigured(MailError):
    """The account lacks what the action needs (SMTP, IMAP)."""


class AuthenticationFailed(MailError, PermissionError):
    """The server refused the credentials; asking again would only lock the account."""


class CertificateRejected(MailError, ConnectionError):
    """The server's certificate is not trusted, or TLS was required and is not offered."""


class FolderNotFound(MailError, LookupError):
    """None of the folders exists."""


class MessageNotFound(MailError, LookupError):
    """The message is in none of the folders."""


class AllRecipientsRefused(MailError):
    """The server accepted none of the recipients; `details["refused"]` says why, one by one."""


class MessageRejected(MailError):
    """The server refused the sender or the letter itself for good."""


class RecipientForbidden(MailError, PermissionError):
    """Policy does not allow letters to this domain."""


class AttachmentNotFound(MailError, FileNotFoundError):
    """A file to attach does not exist."""


class AttachmentForbidden(MailError, PermissionError):
    """A file to attach lies outside the allowed roots."""


class AttachmentTooLarge(MailError):
    """The letter with its files would be larger than the limit."""


class InvalidContent(MailError, ValueError):
    """The content cannot be composed: an unknown template, a missing variable, a control character."""

    # For the caller this is bad input like any other; only its finding needed the worker's settings.


InvalidContent.type = "InvalidRequest"


class SendOutcomeUnknown(MailError):
    """The connection was lost while the server had the letter in hand: it may or may not be delivered."""


class ServerUnavailable(MailError, ConnectionError):
    """The server cannot be reached or asks to come back later.

    `retry_after` seconds is when trying again can help: None = nobody knows, 0 = later than that, but nobody said when.
    """

    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None, **details: object) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
