"""A message read as an answer to a letter of ours: whose it is, what it says, whether it counts as one."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from mail.absence import read_absence
from mail.address import normal_address
from mail.authentication import Verdict
from mail.author import addressee_of, author_of, has_foreign_token
from mail.classify import Kind, classify
from mail.correlation import letter_key, reply_keys
from mail.excerpt import Texts
from mail.html_text import text_of_html
from mail.incoming import IncomingMessage
from mail.reply_text import new_text, new_text_of_html
from mail.report import Action, Report, ReportedRecipient
from models.attachment import Attachment
from models.pattern import matches
from models.wait import Absence, Authentication, Bounce, ReadReply, ReadReplyRequest, ReplyKind, Response

_KINDS: Mapping[Kind, ReplyKind] = {
    Kind.DELIVERY_REPORT: "bounce",
    Kind.AUTO_REPLY: "auto_reply",
    Kind.DISPOSITION_NOTIFICATION: "auto_reply",
    Kind.FEEDBACK_REPORT: "auto_reply",
}
_DIAGNOSTIC_CHARACTERS = 500
# More files than a person sends, and longer names than any file system has: a result must stay below 2 MiB.
_ATTACHMENTS = 100
_FILENAME_CHARACTERS = 255
_HEADER_CHARACTERS = 500
# Of a Message-ID: a wait remembers each that it has seen, and strangers choose how long theirs are.
_REMEMBERED_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Us:
    """Who we are in a thread: what our addresses, our name and our letter look like when quoted."""

    addresses: tuple[str, ...]
    name: str = ""
    # The keys that only a recipient of the letter can know, and who that is where it went to one alone.
    tokens: Mapping[str, str] = field(default_factory=dict[str, str])
    tagged_reports: bool = False  # reports come to the signed address, too
    accept_on_behalf: bool = True  # whoever has the letter may answer for its recipient
    sent_text: str = ""  # empty = not known: nothing below an unmarked header is taken for an answer then


def judge(
    message: IncomingMessage,
    request: ReadReplyRequest,
    us: Us,
    *,
    report: Report | None,
    verdict: Verdict | None,
) -> ReadReply:
    """What this message is for those who wait for an answer."""
    classification = classify(message.headers, message.structure)
    response = _response(message, request, us, verdict)
    returned = report.returned_headers if report else None
    keys = reply_keys(message.headers, returned)
    proven = [key for key in keys if key in us.tokens]
    named = not {letter_key(one) for one in request.letter.message_ids}.isdisjoint(keys)
    # Anybody can write a report; where reports come to the signed address, one without the token proves nothing.
    tied = bool(proven) or (named and not us.tagged_reports)
    return ReadReply(
        kind=_KINDS.get(classification.kind, "reply"),
        rule=classification.rule,
        response=response,
        arrived=message.arrived,
        identities=tuple(_identities(message)),
        matches_exclude_pattern=_is_excluded(request, response),
        bounces=tuple(_bounces(report, request.recipients, addressee_of(proven, us.tokens))) if report and tied else (),
        tied=tied,
        foreign_token=has_foreign_token(message.headers, us.tokens),
        absence=_absence(message, response, us) if classification.kind is Kind.AUTO_REPLY else None,
    )


def _response(message: IncomingMessage, request: ReadReplyRequest, us: Us, verdict: Verdict | None) -> Response:
    headers = message.headers
    sender = next(iter(headers.addresses("From")), None)
    author = author_of(headers, request.recipients, us.tokens, accept_on_behalf=us.accept_on_behalf)
    full_text = message.text or text_of_html(message.html)
    texts = Texts(request.text_limit)
    return Response(
        recipient=author.recipient,
        on_behalf=author.on_behalf,
        state="replied",
        content=texts.cut(_new_text(message, us)),
        full_text=texts.cut(full_text),
        html=texts.cut(message.html) if message.html else None,
        text_truncated=texts.truncated or message.text_truncated,
        subject=headers.subject[:_HEADER_CHARACTERS],
        sender=sender.address[:_HEADER_CHARACTERS] if sender else "",
        date=headers.date or message.arrived,
        message_id=headers.message_id[:_HEADER_CHARACTERS] or None,
        folder=message.pointer.folder,
        attachments=tuple(_attachments(message)),
        authentication=_authentication(verdict),
    )


def _new_text(message: IncomingMessage, us: Us) -> str:
    if message.text.strip():
        return new_text(message.text, own_addresses=us.addresses, own_name=us.name, sent_text=us.sent_text)
    return new_text_of_html(message.html, own_addresses=us.addresses, own_name=us.name, sent_text=us.sent_text)


def _absence(message: IncomingMessage, response: Response, us: Us) -> Absence | None:
    known = (response.sender or "", *us.addresses)
    return read_absence(message.headers.subject, response.content or "", message.arrived.date(), known)


def _identities(message: IncomingMessage) -> Iterator[str]:
    """The same mail in two folders shares its Message-ID, or, where it has none, its words."""
    yield message.pointer.identity
    message_id = message.headers.message_id
    if 0 < len(message_id) <= _REMEMBERED_CHARACTERS:
        yield f"id:{message_id}"
    else:
        headers = message.headers
        said = message_id or "\0".join((headers.get("From"), headers.get("Date"), message.text, message.html))
        yield "digest:" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _is_excluded(request: ReadReplyRequest, response: Response) -> bool:
    if not request.exclude_pattern:
        return False
    return matches(request.exclude_pattern, f"{response.subject}\n{response.content}")


def _bounces(report: Report, recipients: Collection[str], addressee: str) -> Iterator[Response]:
    """One per recipient that is given up; a letter to one alone for that one, wherever it was forwarded."""
    by_address = {normal_address(recipient): recipient for recipient in recipients}
    for reported in report.recipients:
        named = (by_address.get(normal_address(one)) for one in (reported.address, reported.final))
        recipient = next(filter(None, named), addressee)
        if recipient and reported.action is Action.FAILED:
            yield Response(recipient=recipient, state="bounced", bounce=_bounce(reported))


def _bounce(reported: ReportedRecipient) -> Bounce:
    return Bounce(
        code=reported.code,
        status=reported.status,
        diagnostic=reported.diagnostic[:_DIAGNOSTIC_CHARACTERS],
        recipient=reported.final or reported.address,
    )


def _attachments(message: IncomingMessage) -> Iterator[Attachment]:
    for attachment in message.attachments[:_ATTACHMENTS]:
        yield Attachment(
            filename=attachment.filename[:_FILENAME_CHARACTERS],
            content_type=attachment.part.content_type,
            size=attachment.part.size,
            inline=attachment.inline,
        )


def _authentication(verdict: Verdict | None) -> Authentication | None:
    if verdict is None:
        return None
    return Authentication(result=verdict.result, method=verdict.method, domain=verdict.domain, reason=verdict.reason)
