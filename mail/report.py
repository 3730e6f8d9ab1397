"""Delivery reports: who was not reached, and why (RFC 3464, RFC 6522, and their lookalikes)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mail.bounce_scan import scan
from mail.classify import Kind, classify
from mail.headers import Headers
from mail.multipart import RawPart, leaf_parts, read_part

# A report tells its story at the top; what follows is the returned letter.
MAX_REPORT = 512 * 1024
# RFC 5321 §4.5.3.1.8 lets a letter have a hundred recipients; a report tells of no more than a letter has.
MAX_RECIPIENTS = 1000
# As much as a person reads.
MAX_DIAGNOSTIC = 500

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_NOTIFICATION_TYPES = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_RETURNED_TYPES = frozenset(
    {
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
    }
)
_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463 §2
_ADDRESS_TYPE = re.compile(r"[A-Za-z0-9-]{1,40}\s*;")  # RFC 3464 §2.1.2: "rfc822;"
# A reported copy without MIME (qmail, old Exim): its fields begin after an empty line.
_COPIED_ID = re.compile(rb"^message-id:[ \t]*<", re.IGNORECASE | re.MULTILINE)


class Action(StrEnum):
    """What became of the letter for one recipient (RFC 3464 §2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """One recipient of a report; `status` like 5.1.1, or empty."""

    address: str
    action: Action
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says of each recipient, and the header of the letter it is about."""

    recipients: tuple[ReportedRecipient, ...] = ()
    returned_headers: Headers | None = None

    @property
    def hard(self) -> bool:
        """Whether the server has given up on anybody; a delay is not the end."""
        return any(recipient.action is Action.FAILED for recipient in self.recipients)


def read_report(raw: bytes) -> Report:
    """The report in these bytes, whole or cut; empty if there is none."""
    head = raw[:MAX_REPORT]
    parts = tuple(leaf_parts(head))
    recipients = tuple(_reported(parts)) or _scanned(head, parts)
    return Report(recipients[:MAX_RECIPIENTS], _returned(parts))


def _reported(parts: Sequence[RawPart]) -> Iterator[ReportedRecipient]:
    for part in parts:
        if part.content_type in _STATUS_TYPES:
            groups = _BLANK_LINES.split(part.octets.strip())[: MAX_RECIPIENTS + 1]
            yield from filter(None, (_recipient(Headers.read(group)) for group in groups))


def _recipient(fields: Headers) -> ReportedRecipient | None:
    """One group of fields; the first group is about the whole letter and names nobody."""
    original, final = (_address(fields.get(name)) for name in ("Original-Recipient", "Final-Recipient"))
    address = original or final  # the original is the one we wrote to
    if "@" not in address:
        return None
    status = _first_status(fields.get("Status"))
    diagnostic = _ADDRESS_TYPE.sub("", fields.get("Diagnostic-Code"), count=1).strip()
    action = _action(fields.get("Action"), status)
    return ReportedRecipient(address, action, status, diagnostic[:MAX_DIAGNOSTIC])


def _address(value: str) -> str:
    match = _ADDRESS_TYPE.match(value)
    return (value[match.end() :] if match else value).strip().strip("<>")


def _action(word: str, status: str) -> Action:
    plain = word.strip().lower().partition(" ")[0]
    if plain in set(Action):
        return Action(plain)
    # Some reports leave the action out; the class of the status says as much (RFC 3463 §3.1).
    return {"2": Action.DELIVERED, "4": Action.DELAYED, "5": Action.FAILED}.get(status[:1], Action.UNKNOWN)


def _scanned(raw: bytes, parts: Sequence[RawPart]) -> tuple[ReportedRecipient, ...]:
    """Reports in prose, by the patterns of flufl.bounce: only for what is known to be a report."""
    message = read_part(raw)
    is_report = classify(message.headers) is Kind.DELIVERY_REPORT
    if not is_report or any(part.content_type in _STATUS_TYPES for part in parts):
        return ()
    delayed, failed = scan(raw)
    story = parts[0].text if parts else ""
    return (
        *(_told(address, Action.FAILED, story) for address in failed),
        *(_told(address, Action.DELAYED, story) for address in delayed),
    )


def _told(address: str, action: Action, story: str) -> ReportedRecipient:
    """A recipient with the lines of the prose that follow its name."""
    _, named, after = story.partition(address)
    words = " ".join(after[: 4 * MAX_DIAGNOSTIC].split())[:MAX_DIAGNOSTIC].lstrip(">:,; ") if named else ""
    return ReportedRecipient(address, action, _first_status(words), words)


def _first_status(text: str) -> str:
    status = _STATUS.search(text)
    return status[1] if status else ""


def _returned(parts: Sequence[RawPart]) -> Headers | None:
    """The header of the letter that came back, or the fields of a notification that names it."""
    for types in (_RETURNED_TYPES, _NOTIFICATION_TYPES):
        found = next((part for part in parts if part.content_type in types), None)
        if found is not None:
            return Headers.read(found.octets)
    return next(filter(None, (_copied(part.octets) for part in parts)), None)


def _copied(text: bytes) -> Headers | None:
    field = _COPIED_ID.search(text)
    if field is None:
        return None
    *_, begin = (0, *(blank.end() for blank in _BLANK_LINES.finditer(text, 0, field.start())))
    return Headers.read(text[begin:])
