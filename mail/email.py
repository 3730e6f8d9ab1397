"""Received messages as they stand in a result: each gets its fair share of what Temporal can carry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mail.excerpt import excerpt, fair_share, json_octets, plain
from mail.html_text import text_of_html
from mail.incoming import IncomingMessage
from models.attachment import Attachment
from models.email import Email

# Temporal refuses more than 2 MiB; the frame, the folders and an encryption take some of it.
RESULT_OCTETS = 1_700_000
# Of that, what everything but the texts may take: a thousand usual messages take 700,000.
HEAD_OCTETS = 1_000_000
# What a person writes is shorter; the history below it need not travel.
LONGEST_TEXT = 64 * 1024
# What any mail program shows of one.
_SUBJECT_CHARACTERS = 500
_LISTS = ("to", "cc", "reply_to", "references", "attachments")


@dataclass(frozen=True, slots=True)
class Reading:
    """A message that was read, and every folder that holds it."""

    message: IncomingMessage
    folders: tuple[str, ...]


def emails(readings: Sequence[Reading]) -> tuple[Email, ...]:
    """The messages for a result, in their order; those at the end are left out when not even their heads fit."""
    heads = _fitting([_head(one) for one in readings])
    messages = [one.message for one in readings[: len(heads)]]
    left = RESULT_OCTETS - sum(map(_octets, heads))
    texts = [plain(message.text or text_of_html(message.html)) for message in messages]
    shown = _cut(texts, left)
    htmls = [plain(message.html) for message in messages]
    shown_htmls = _cut(htmls, left - sum(map(json_octets, shown)))
    return tuple(
        head.model_copy(
            update={
                "text": shown[place],
                "html": shown_htmls[place] or None,
                "text_truncated": messages[place].text_truncated
                or (shown[place], shown_htmls[place]) != (texts[place], htmls[place]),
            }
        )
        for place, head in enumerate(heads)
    )


def _cut(texts: Sequence[str], budget: int) -> list[str]:
    share = min(LONGEST_TEXT, fair_share((min(LONGEST_TEXT, json_octets(text)) for text in texts), budget))
    return [excerpt(text, share) for text in texts]


def _fitting(heads: Sequence[Email]) -> list[Email]:
    share = fair_share(map(_octets, heads), HEAD_OCTETS)
    left = HEAD_OCTETS
    fitting: list[Email] = []
    for head in heads:
        short = _shortened(head, share)
        left -= _octets(short)
        if left < 0:
            break
        fitting.append(short)
    return fitting


def _shortened(head: Email, share: int) -> Email:
    """The same with no more in its lists than its share admits; what is missing is told as a defect."""
    short, entries = head, max(len(getattr(head, name)) for name in _LISTS)
    while entries and (size := _octets(short)) > share:
        entries = min(entries // 2, entries * share // size)
        short = head.model_copy(update={name: getattr(head, name)[:entries] for name in _LISTS})
        missing = ", ".join(
            f"{len(getattr(head, name)) - entries} of {name}" for name in _LISTS if len(getattr(head, name)) > entries
        )
        short = short.model_copy(update={"defect": _sentence(head.defect, f"not listed: {missing}")})
    return short


def _head(reading: Reading) -> Email:
    message = reading.message
    headers, pointer = message.headers, message.pointer
    return Email(
        folder=pointer.folder,
        folders=reading.folders,
        uid=pointer.uid,
        uid_validity=pointer.uid_validity,
        message_id=headers.message_id or None,
        date=message.arrived,
        sender=next(iter(_addresses(message, "From")), ""),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        reply_to=_addresses(message, "Reply-To"),
        subject=plain(headers.subject)[:_SUBJECT_CHARACTERS],
        in_reply_to=next(iter(headers.message_ids("In-Reply-To")), None),
        references=headers.message_ids("References"),
        unread=message.unread,
        size=message.size,
        attachments=tuple(_attachments(message)),
        defect=_sentence(*_defects(message)),
    )


def _addresses(message: IncomingMessage, name: str) -> tuple[str, ...]:
    return tuple(plain(one.address) for one in message.headers.addresses(name))


def _attachments(message: IncomingMessage) -> Iterator[Attachment]:
    for one in message.attachments:
        yield Attachment(
            filename=plain(one.filename),
            content_type=plain(one.part.content_type),
            size=one.part.size,
            inline=one.inline,
        )


def _defects(message: IncomingMessage) -> Iterator[str]:
    if not message.headers.fields and not message.size:
        yield "the server cannot read this message"
    elif not message.outlined:
        yield "its parts cannot be told apart: attachments are not listed"
    if not message.headers.addresses("From"):
        yield f"its From holds no address: {plain(message.headers.get('From'))[:100]!r}"
    if names := [one.filename for one in message.attachments if one.conflicting_names]:
        yield f"attachments claim several names each: {len(names)}"


def _sentence(*clauses: str | None) -> str | None:
    """All of them as one sentence, or nothing."""
    told = "; ".join(clause.removesuffix(".") for clause in clauses if clause)
    return f"{told[0].upper()}{told[1:]}." if told else None


def _octets(email: Email) -> int:
    """What it takes in a result, the comma behind it included."""
    return len(email.model_dump_json(by_alias=True).encode()) + 1
