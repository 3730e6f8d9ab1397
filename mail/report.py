"""Delivery reports: who was not reached, and why (RFC 3464, RFC 6522, and their lookalikes)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mail.automatic_subject import BOUNCE_SUBJECT, DELAY_SUBJECT
from mail.bounce_scan import scan
from mail.classify import Kind, classify
from mail.headers import Headers
from mail.html_text import text_of_html
from mail.multipart import RawPart, leaf_parts, read_part
from mail.returned_letter import BLANK_LINES, STATUS_TYPES, returned_headers

# A report tells its story at the top; what follows is the returned letter.
MAX_REPORT = 512 * 1024
# RFC 5321 §4.5.3.1.8 lets a letter have a hundred recipients; a report tells of no more than a letter has.
MAX_RECIPIENTS = 1000
# As much as a person reads.
MAX_DIAGNOSTIC = 500

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463 §2
# RFC 5321 §4.2: a reply code stands at the start, or behind the words of the server that passes it on.
_REPLY_CODE = re.compile(
    r"(?:^|[:;>(\[\"']|\berror|\bcode|\bsaid|\breply|\bresponse)\s{0,5}#?([245][0-5]\d)(?![\w.])", re.IGNORECASE
)
_ADDRESS_TYPE = re.compile(r"[A-Za-z0-9-]{1,40}\s*;")  # RFC 3464 §2.1.2: "rfc822;"
_XTEXT = re.compile(r"\+(2B|3D)")  # RFC 3461 §4: "+" and "=", the signs of an address that have to be encoded
# Where the prose ends and a copy of the letter begins; and what the prose repeats of the letter's header.
_COPY = re.compile(
    r"^[>|\t ]{0,20}(?:-{3,}[^\n]{0,80}\bcopy\b|(?:Received|Return-Path|Message-ID|Date):)",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD_LINE = re.compile(r"^[>|\t ]{0,20}(?:To|Cc|From|Sender|Subject):.*", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>\"'()\[\],;:]{1,64}@[a-z0-9.-]{1,255}[a-z0-9]")


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
    """One recipient of a report, by the address we wrote to; `status` like 5.1.1 and `code` like 550, or empty."""

    address: str
    action: Action
    status: str = ""
    diagnostic: str = ""
    code: str = ""
    final: str = ""  # where the letter had been forwarded to, and failed


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
    returned = returned_headers(parts)
    recipients = tuple(_reported(parts)) or _in_prose(head, parts, returned or Headers())
    return Report(recipients[:MAX_RECIPIENTS], returned)


def _reported(parts: Sequence[RawPart]) -> Iterator[ReportedRecipient]:
    for part in parts:
        if part.content_type in STATUS_TYPES:
            groups = BLANK_LINES.split(part.octets.strip())[: MAX_RECIPIENTS + 1]
            yield from filter(None, (_recipient(Headers.read(group)) for group in groups))


def _recipient(fields: Headers) -> ReportedRecipient | None:
    """One group of fields; the first group is about the whole letter and names nobody."""
    original, final = (_address(fields.get(name)) for name in ("Original-Recipient", "Final-Recipient"))
    if "@" not in original + final:
        return None
    diagnostic = _ADDRESS_TYPE.sub("", fields.get("Diagnostic-Code"), count=1).strip()
    status = _first(_STATUS, fields.get("Status")) or _first(_STATUS, diagnostic)
    return ReportedRecipient(
        address=_XTEXT.sub(lambda octet: chr(int(octet[1], 16)), original) if "@" in original else final,
        action=_action(fields.get("Action"), status),
        status=status,
        diagnostic=diagnostic[:MAX_DIAGNOSTIC],
        code=_first(_REPLY_CODE, diagnostic),
        final=final,
    )


def _address(value: str) -> str:
    match = _ADDRESS_TYPE.match(value)
    return (value[match.end() :] if match else value).strip().strip("<>")


def _action(word: str, status: str) -> Action:
    plain = word.strip().lower().partition(" ")[0]
    if plain in set(Action):
        return Action(plain)
    # Some reports leave the action out; the class of the status says as much (RFC 3463 §3.1).
    return {"2": Action.DELIVERED, "4": Action.DELAYED, "5": Action.FAILED}.get(status[:1], Action.UNKNOWN)


def _in_prose(raw: bytes, parts: Sequence[RawPart], returned: Headers) -> tuple[ReportedRecipient, ...]:
    """Reports without fields that name anybody; only for what is known to be a report."""
    headers = read_part(raw).headers
    if classify(headers).kind is not Kind.DELIVERY_REPORT:
        return ()
    story = _story(parts)
    told = _in_header(headers, story) or tuple(_by_patterns(raw, story))
    return told or tuple(_by_the_letter(headers, returned, story))


def _in_header(headers: Headers, story: str) -> tuple[ReportedRecipient, ...]:
    """Exim's and Gmail's own field; Gmail has it in a notice of delay, too."""
    action = Action.DELAYED if DELAY_SUBJECT.search(headers.subject) else Action.FAILED
    failed = headers.addresses("X-Failed-Recipients")
    return tuple(_told(one.address, action, story) for one in failed)


def _by_patterns(raw: bytes, story: str) -> Iterator[ReportedRecipient]:
    delayed, failed = scan(raw)
    yield from (_told(address, Action.FAILED, story) for address in failed)
    yield from (_told(address, Action.DELAYED, story) for address in delayed)


def _by_the_letter(headers: Headers, returned: Headers, story: str) -> Iterator[ReportedRecipient]:
    """Whom the letter was sent to, and the prose names; where it names nobody, the only one it was sent to."""
    written_to = {one.address.lower(): one.address for name in ("To", "Cc") for one in returned.addresses(name)}
    if DELAY_SUBJECT.search(headers.subject) or not (
        BOUNCE_SUBJECT.match(headers.subject) or _first(_STATUS, story).startswith("5")
    ):
        return
    said = set(_ADDRESS.findall(_FIELD_LINE.sub("", _COPY.split(story, maxsplit=1)[0]).lower()))
    named = [address for key, address in written_to.items() if key in said]
    for address in named or (written_to.values() if len(written_to) == 1 else ()):
        yield _told(address, Action.FAILED, story) if named else _with_words(address, Action.FAILED, _words(story))


def _story(parts: Sequence[RawPart]) -> str:
    """What the report says to people."""
    if not parts:
        return ""
    return text_of_html(parts[0].text) if parts[0].content_type == "text/html" else parts[0].text


def _told(address: str, action: Action, story: str) -> ReportedRecipient:
    """A recipient with the lines of the prose that follow its name."""
    _, named, after = story.partition(address)
    words = _words(after).lstrip(">:,; ") if named else ""
    return _with_words(address, action, words)


def _words(text: str) -> str:
    return " ".join(_COPY.split(text[: 4 * MAX_DIAGNOSTIC], maxsplit=1)[0].split())


def _with_words(address: str, action: Action, words: str) -> ReportedRecipient:
    words = words[:MAX_DIAGNOSTIC]
    return ReportedRecipient(address, action, _first(_STATUS, words), words, _first(_REPLY_CODE, words))


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
