"""What a message is: a person's words, or a machine's. The first rule that fits decides."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mail.automatic_subject import AUTOMATIC_SUBJECT, BOUNCE_SUBJECT
from mail.body import walk
from mail.headers import Headers
from mail.structure import BodyPart


class Kind(StrEnum):
    """What a message is."""

    DELIVERY_REPORT = "delivery_report"
    DISPOSITION_NOTIFICATION = "disposition_notification"
    FEEDBACK_REPORT = "feedback_report"
    CALENDAR_REPLY = "calendar_reply"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    BULK = "bulk"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Classification:
    """What a message is, and the name of the rule that says so; a person's letter is what no rule fits."""

    kind: Kind
    rule: str = ""


# Content types of the parts, each with the parameters of its Content-Type; the message itself comes first.
Outline = tuple[tuple[str, Mapping[str, str]], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of a machine, and who defines it."""

    name: str
    kind: Kind
    source: str
    fits: Callable[[Headers, Outline], bool]


def classify(headers: Headers, structure: BodyPart | None = None) -> Classification:
    """What this message is, from its header and the outline of its parts."""
    outline = _outline(headers, structure)
    fitting = (Classification(rule.kind, rule.name) for rule in RULES if rule.fits(headers, outline))
    return next(fitting, Classification(Kind.HUMAN))


# MDaemon, sendmail, Postfix and qmail write under such names, and no person does.
_DAEMON = re.compile(
    r"(?:mail(?:er)?[-._]?daemon|mdaemon|mail[-_]?delivery(?:[-_](?:sub)?system)?)(?:$|[+@.-])", re.IGNORECASE
)
_DAEMON_NAME = re.compile(r'^"?mail(?:er[- ]daemon| delivery? (?:sub)?system)|<mailer-daemon>', re.IGNORECASE)
_POSTMASTER = re.compile(r"(?:postmaster|microsoftexchange[0-9a-f]{32})(?:$|[+@.-])", re.IGNORECASE)
_NULL_ADDRESS = re.compile(r"<\s*>\s*$")
# RFC 5546 §1.4: the methods by which an attendee answers.
_CALENDAR_ANSWERS = frozenset({"reply", "counter", "refresh", "declinecounter"})
_DELIVERY_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DISPOSITION = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_FEEDBACK = frozenset({"message/feedback-report"})
# How responders that do not speak RFC 3834 give themselves away: a field, what its value says, and who writes it.
_VENDOR_FIELDS = (
    ("X-Autoreply", r"(?!no\b|false\b)", "Kerio, CommuniGate, PHP responders"),
    ("X-Auto-Reply", r"(?!no\b|false\b)", "PHP responders"),
    ("X-Autorespond", r"", "cPanel, qmail autorespond"),
    ("X-Autoresponder", r"", "hosting panels"),
    ("X-Autoreply-From", r"", "hosting panels"),
    ("X-Mail-Autoreply", r"", "hosting panels"),
    ("X-Apple-Action", r"vacation", "iCloud"),
    ("X-MS-Exchange-Generated-Message-Source", r"mailbox rules agent", "Exchange rules"),
    ("X-POD-Vacation", r"", "hosting panels"),
    ("X-Vacation", r"", "vacation programs"),
    ("X-Kolab-Vacation", r"", "Kolab"),
    ("X-FC-MachineGenerated", r"true", "FirstClass"),
    ("X-Post-MessageClass", r"9; autoresponder", "Post.Office"),
    ("Delivered-To", r"autoresponder\b", "qmail"),
    ("Preference", r"auto_reply", "responders before RFC 3834"),
    ("Precedence", r"auto[_-]?repl", "vacation programs before RFC 3834"),
)
# These prove nothing alone: letters that people write carry them. They only support a telling subject.
_HINTS = ("X-Auto-Response-Suppress", "X-MS-Exchange-Inbox-Rules-Loop")
_BULK = frozenset({"bulk", "junk"})
_LIST_FIELDS = ("List-Id", "List-Post", "List-Unsubscribe")


def _outline(headers: Headers, structure: BodyPart | None) -> Outline:
    if structure is None:
        return (headers.parameters("Content-Type"),)
    parts = ((part.content_type, part.parameters) for part, _ in walk(structure))
    return headers.parameters("Content-Type"), *parts


def _reports(report_type: str, part_types: frozenset[str]) -> Callable[[Headers, Outline], bool]:
    """Whether the message calls itself such a report, or has the part that makes one."""

    def fits(_headers: Headers, outline: Outline) -> bool:
        return report_type in _report_types(outline) or not part_types.isdisjoint(kind for kind, _ in outline)

    return fits


def _is_untyped_report(_headers: Headers, outline: Outline) -> bool:
    return "" in _report_types(outline)


def _is_calendar_reply(_headers: Headers, outline: Outline) -> bool:
    return any(
        kind == "text/calendar" and parameters.get("method", "").strip().lower() in _CALENDAR_ANSWERS
        for kind, parameters in outline
    )


def _has_failed_recipients(headers: Headers, _outline: Outline) -> bool:
    return "X-Failed-Recipients" in headers


def _is_from_daemon(headers: Headers, _outline: Outline) -> bool:
    daemon = _sent_by(headers, _DAEMON) or any(map(_DAEMON_NAME.search, headers.raw("From")))
    return daemon and not _subject_is_automatic(headers)


def _is_from_postmaster(headers: Headers, _outline: Outline) -> bool:
    """A postmaster may also be a person who answers; From without an address is also written by bulk mailers."""
    postmaster = _sent_by(headers, _POSTMASTER) or any(map(_NULL_ADDRESS.search, headers.raw("From")))
    unasked = _is_machine_made(headers) or _subject_tells_of_failure(headers)
    return postmaster and unasked and not _subject_is_automatic(headers)


def _has_failure_subject(headers: Headers, _outline: Outline) -> bool:
    """A person who answers a letter of this subject writes "Re:", or at least says what is answered."""
    answers = "In-Reply-To" in headers or "References" in headers
    return _subject_tells_of_failure(headers) and (_is_machine_made(headers) or not answers)


def _is_auto_submitted(headers: Headers, _outline: Outline) -> bool:
    return _auto_submitted(headers) not in {"", "no"}


def _has_field(field: str, value: str) -> Callable[[Headers, Outline], bool]:
    pattern = re.compile(value, re.IGNORECASE)

    def fits(headers: Headers, _outline: Outline) -> bool:
        return any(map(pattern.match, headers.all(field)))

    return fits


def _has_telling_subject(headers: Headers, _outline: Outline) -> bool:
    """A subject alone proves nothing: people answer letters whose subject is "Out of office"."""
    precedence = _precedence(headers) in _BULK | {"list"}
    hinted = _null_return_path(headers) or precedence or any(hint in headers for hint in _HINTS)
    return hinted and _subject_is_automatic(headers)


def _has_list_field(headers: Headers, _outline: Outline) -> bool:
    return any(field in headers for field in _LIST_FIELDS)


def _is_sent_to_list(headers: Headers, _outline: Outline) -> bool:
    return _precedence(headers) == "list"


def _is_bulk(headers: Headers, _outline: Outline) -> bool:
    return _precedence(headers) in _BULK


def _subject_is_automatic(headers: Headers) -> bool:
    return bool(AUTOMATIC_SUBJECT.match(headers.subject))


def _subject_tells_of_failure(headers: Headers) -> bool:
    return bool(BOUNCE_SUBJECT.match(headers.subject))


def _is_machine_made(headers: Headers) -> bool:
    return _null_return_path(headers) or _auto_submitted(headers) not in {"", "no"}


def _auto_submitted(headers: Headers) -> str:
    return re.split(r"[;(]", headers.get("Auto-Submitted"), maxsplit=1)[0].strip().lower()


def _precedence(headers: Headers) -> str:
    return headers.get("Precedence").strip().lower()


def _null_return_path(headers: Headers) -> bool:
    """RFC 5321 §4.5.5: reports and responders send with the empty envelope sender."""
    return headers.get("Return-Path").replace(" ", "") == "<>"


def _sent_by(headers: Headers, name: re.Pattern[str]) -> bool:
    return any(name.match(mailbox.address) for mailbox in headers.addresses("From"))


def _report_types(outline: Outline) -> set[str]:
    return {
        parameters.get("report-type", "").strip().lower() for kind, parameters in outline if kind == "multipart/report"
    }


# What a message says of itself comes first, what others conclude from its sender and subject later.
RULES: tuple[Rule, ...] = (
    Rule(
        "delivery_status",
        Kind.DELIVERY_REPORT,
        "RFC 3464, RFC 6522, RFC 6533",
        _reports("delivery-status", _DELIVERY_STATUS),
    ),
    Rule(
        "disposition_notification",
        Kind.DISPOSITION_NOTIFICATION,
        "RFC 8098, RFC 6533",
        _reports("disposition-notification", _DISPOSITION),
    ),
    Rule("feedback_report", Kind.FEEDBACK_REPORT, "RFC 5965", _reports("feedback-report", _FEEDBACK)),
    Rule("calendar_method", Kind.CALENDAR_REPLY, "RFC 5546 §1.4, RFC 6047 §2.4", _is_calendar_reply),
    Rule("untyped_report", Kind.DELIVERY_REPORT, "X.400 gateways; RFC 6522 §3 wants a type", _is_untyped_report),
    Rule("failed_recipients", Kind.DELIVERY_REPORT, "Exim, Gmail", _has_failed_recipients),
    Rule("mailer_daemon", Kind.DELIVERY_REPORT, "sendmail, Postfix, qmail, MDaemon", _is_from_daemon),
    Rule("postmaster", Kind.DELIVERY_REPORT, "RFC 5321 §4.5.5, RFC 2142 §5", _is_from_postmaster),
    Rule("failure_subject", Kind.DELIVERY_REPORT, "mail gateways, virus and spam filters", _has_failure_subject),
    Rule("auto_submitted", Kind.AUTO_REPLY, "RFC 3834 §5", _is_auto_submitted),
    *(
        Rule(field.lower().replace("-", "_"), Kind.AUTO_REPLY, source, _has_field(field, value))
        for field, value, source in _VENDOR_FIELDS
    ),
    Rule("automatic_subject", Kind.AUTO_REPLY, "Outlook, Exchange; vacation programs", _has_telling_subject),
    Rule("list_field", Kind.LIST, "RFC 2369, RFC 2919", _has_list_field),
    Rule("list_precedence", Kind.LIST, "RFC 2076 §3.9", _is_sent_to_list),
    Rule("bulk_precedence", Kind.BULK, "RFC 2076 §3.9", _is_bulk),
)
