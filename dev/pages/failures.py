"""Which failures an action can end with, and what each means."""

from collections.abc import Iterator

from mail.errors import (
    AllRecipientsRefused,
    AttachmentForbidden,
    AttachmentNotFound,
    AttachmentTooLarge,
    AuthenticationFailed,
    CertificateRejected,
    FolderNotFound,
    MailError,
    MessageNotFound,
    MessageRejected,
    NotConfigured,
    RecipientForbidden,
    SendOutcomeUnknown,
    ServerUnavailable,
    UnknownAccount,
)

Errors = tuple[type[MailError], ...]

_ALWAYS: Errors = (UnknownAccount, NotConfigured)
_SERVERS: Errors = (AuthenticationFailed, CertificateRejected, ServerUnavailable)
_SENDING: Errors = (
    AllRecipientsRefused,
    MessageRejected,
    RecipientForbidden,
    AttachmentNotFound,
    AttachmentForbidden,
    AttachmentTooLarge,
    SendOutcomeUnknown,
)
_FOLDERS: Errors = (FolderNotFound,)
_MESSAGE: Errors = (FolderNotFound, MessageNotFound)

# An action that is missing here is given what every action can end with.
_OWN: dict[str, Errors] = {
    "SendEmail": _SENDING + _SERVERS,
    "SendEmailAndWait": _SENDING + _FOLDERS + _SERVERS,
    "SendThreadReply": _SENDING + _MESSAGE + _SERVERS,
    "ForwardEmail": _SENDING + _MESSAGE + _SERVERS,
    "WaitForEmailFromUser": _FOLDERS + _SERVERS,
    "SearchEmail": _FOLDERS + _SERVERS,
    "MoveEmailToFolder": _FOLDERS + _SERVERS,
    "DeleteEmail": _FOLDERS + _SERVERS,
    "DownloadEmailAttachments": (*_FOLDERS, AttachmentForbidden, *_SERVERS),
    "SaveEmailAttachmentsToCase": (*_FOLDERS, *_SERVERS),
    # A ping tells what fails in its result.
    "Ping": (UnknownAccount,),
}


def failures(action: str, *, has_pattern: bool) -> Iterator[tuple[str, str]]:
    """The failure types of an action, each with its meaning."""
    yield "InvalidRequest", "The arguments cannot be used; every wrong field is named."
    if has_pattern:
        yield "InvalidPattern", "The pattern is not RE2; the position and the reason are given."
    own = _OWN.get(action, _SERVERS)
    for error in (() if action == "Ping" else _ALWAYS) + own:
        yield error.type, (error.__doc__ or "").splitlines()[0]
