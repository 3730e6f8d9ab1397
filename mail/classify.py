"""What a message is: a person's words, or a machine's. The first rule that fits decides."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from mail.automatic_subject import AUTOMATIC_SUBJECT, BOUNCE_SUBJECT
from mail.body import walk
from mail.headers import Headers
from mail.structure import BodyPart


class Kind(StrEnum):
    """What a message is."""

    DELIVERY_REPORT = "delivery_report"
    DISPOSITION_NOTIFICATION = "disposition_notification"
    CALENDAR_REPLY = "calendar_reply"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    HUMAN = "human"


def classify(headers: Headers, structure: BodyPart | None = None) -> Kind:
    """What this message is, from its header and the outline of its parts."""
    outline = _outline(headers, structure)
    return next((kind for kind, fits in _RULES if fits(headers, outline)), Kind.HUMAN)


# Content types of the parts, each with the parameters of its Content-Type; the message itself comes first.
Outline = tuple[tuple[str, Mapping[str, str]], ...]

_DAEMON = re.compile(
    r"(?:mailer-?daemon|mail[-.]daemon|postmaster|mail[-_]?delivery(?:[-_]subsystem)?)(?:$|[+@.-])",
    re.IGNORECASE,
)
# RFC 5546 §1.4: the methods by which an attendee answers.
_CALENDAR_ANSWERS = frozenset({"reply", "counter", "refresh", "declinecounter"})
_DELIVERY_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DISPOSITION = frozenset({"message/disposition-notification", "message/global-disposition-notification"})

# How responders that do not speak RFC 3834 give themselves away: a field, and what its value says.
_VENDOR_FIELDS = (
    ("X-Autoreply", r"(?!no\b|false\b)"),  # Kerio, Communigate, many PHP responders
    ("X-Auto-Reply", r"(?!no\b|false\b)"),
    ("X-Autorespond", r""),  # cPanel, qmail autorespond
    ("X-Autoresponder", r""),
    ("X-Autoreply-From", r""),
    ("X-Mail-Autoreply", r""),  # hosting panels
    ("X-Apple-Action", r"vacation"),  # iCloud
    ("X-MS-Exchange-Generated-Message-Source", r"mailbox rules agent"),  # Exchange rules
    ("X-POD-Vacation", r""),
    ("X-Vacation", r""),
    ("X-Kolab-Vacation", r""),
    ("X-FC-MachineGenerated", r"true"),  # FirstClass
    ("X-Cron-Env", r""),
    ("X-Post-MessageClass", r"9; autoresponder"),
    ("Delivered-To", r"autoresponder\b"),  # qmail
    ("Preference", r"auto_reply"),
    ("Precedence", r"auto[_-]?repl"),  # vacation programs before RFC 3834
)
_VENDORS = tuple((field, re.compile(value, re.IGNORECASE)) for field, value in _VENDOR_FIELDS)
# These prove nothing alone: letters that people write carry them. They only support a telling subject.
_HINTS = ("X-Auto-Response-Suppress", "X-MS-Exchange-Inbox-Rules-Loop")
_BULK = frozenset({"bulk", "junk", "list"})
_LIST_FIELDS = ("List-Id", "List-Post", "List-Unsubscribe")


def _outline(headers: Headers, structure: BodyPart | None) -> Outline:
    if structure is None:
        return (headers.parameters("Content-Type"),)
    parts = ((part.content_type, part.parameters) for part, _ in walk(structure))
    return headers.parameters("Content-Type"), *parts


def _is_delivery_report(headers: Headers, outline: Outline) -> bool:
    return (
        "delivery-status" in _report_types(outline)
        or not _DELIVERY_STATUS.isdisjoint(_types(outline))
        or "X-Failed-Recipients" in headers  # Exim
        or (_from_daemon(headers) and _is_unasked(headers) and not _subject_is_automatic(headers))
    )


def _is_disposition_notification(_headers: Headers, outline: Outline) -> bool:
    return "disposition-notification" in _report_types(outline) or not _DISPOSITION.isdisjoint(_types(outline))


def _is_calendar_reply(_headers: Headers, outline: Outline) -> bool:
    return any(
        kind == "text/calendar" and parameters.get("method", "").strip().lower() in _CALENDAR_ANSWERS
        for kind, parameters in outline
    )


def _is_feedback_report(_headers: Headers, outline: Outline) -> bool:
    """RFC 5965: a provider's machine passes on a complaint; nobody has answered."""
    return "feedback-report" in _report_types(outline)


def _is_auto_submitted(headers: Headers, _outline: Outline) -> bool:
    """RFC 3834 §5: whatever is not "no" was sent by a machine."""
    return _auto_submitted(headers) not in {"", "no"}


def _has_vendor_field(headers: Headers, _outline: Outline) -> bool:
    return any(value.match(text) for field, value in _VENDORS for text in headers.all(field))


def _has_telling_subject(headers: Headers, _outline: Outline) -> bool:
    """A subject alone proves nothing: people answer letters whose subject is "Out of office"."""
    hinted = _null_return_path(headers) or _precedence(headers) in _BULK or any(hint in headers for hint in _HINTS)
    return hinted and _subject_is_automatic(headers)


def _is_list(headers: Headers, _outline: Outline) -> bool:
    return any(field in headers for field in _LIST_FIELDS) or _precedence(headers) in _BULK


def _subject_is_automatic(headers: Headers) -> bool:
    return bool(AUTOMATIC_SUBJECT.match(headers.subject))


def _is_unasked(headers: Headers) -> bool:
    """What a daemon sends by itself; a postmaster may also be a person who answers."""
    return (
        _null_return_path(headers)
        or _auto_submitted(headers) not in {"", "no"}
        or bool(BOUNCE_SUBJECT.match(headers.subject))
    )


def _auto_submitted(headers: Headers) -> str:
    return re.split(r"[;(]", headers.get("Auto-Submitted"), maxsplit=1)[0].strip().lower()


def _precedence(headers: Headers) -> str:
    return headers.get("Precedence").strip().lower()


def _null_return_path(headers: Headers) -> bool:
    """RFC 5321 §4.5.5: reports and responders send with the empty envelope sender."""
    return headers.get("Return-Path").replace(" ", "") == "<>"


def _from_daemon(headers: Headers) -> bool:
    senders = headers.raw("From")
    return any(_DAEMON.match(mailbox.address) for mailbox in headers.addresses("From")) or any(
        re.match(r'"?mail(?:er-daemon| delivery (?:sub)?system)', sender, re.IGNORECASE) for sender in senders
    )


def _types(outline: Outline) -> set[str]:
    return {kind for kind, _ in outline}


def _report_types(outline: Outline) -> set[str]:
    return {
        parameters.get("report-type", "").strip().lower() for kind, parameters in outline if kind == "multipart/report"
    }


_RULES: tuple[tuple[Kind, Callable[[Headers, Outline], bool]], ...] = (
    (Kind.DELIVERY_REPORT, _is_delivery_report),
    (Kind.DISPOSITION_NOTIFICATION, _is_disposition_notification),
    (Kind.CALENDAR_REPLY, _is_calendar_reply),
    (Kind.AUTO_REPLY, _is_feedback_report),
    (Kind.AUTO_REPLY, _is_auto_submitted),
    (Kind.AUTO_REPLY, _has_vendor_field),
    (Kind.AUTO_REPLY, _has_telling_subject),
    (Kind.LIST, _is_list),
)
