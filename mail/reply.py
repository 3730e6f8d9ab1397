"""A message read as an answer to a letter of ours: whose it is, what it says, whether it counts as one."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mail.address import normal_address
from mail.authentication import Verdict
from mail.classify import Kind, classify
from mail.correlation import reply_keys
from mail.excerpt import Texts
from mail.html_text import text_of_html
from mail.incoming import IncomingMessage
from mail.reply_text import new_text, new_text_of_html
from mail.report import Action, Report
from models.attachment import Attachment
from models.pattern import matches
from models.wait import Authentication, Bounce, ReadReply, ReadReplyRequest, ReplyKind, Response

_KINDS: Mapping[Kind, ReplyKind] = {
    Kind.DELIVERY_REPORT: "bounce",
    Kind.AUTO_REPLY: "auto_reply",
    Kind.DISPOSITION_NOTIFICATION: "auto_reply",
}
_DIAGNOSTIC_CHARACTERS = 500
# More files than a person sends, and longer names than any file system has: a result must stay below 2 MiB.
_ATTACHMENTS = 100
_FILENAME_CHARACTERS = 255
_HEADER_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Us:
    """Who we are in a thread: what our addresses, our name and our letter look like when quoted."""

    addresses: tuple[str, ...]
    name: str = ""
    tokens: tuple[str, ...] = ()  # the keys that only a recipient of the letter can know
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
    kind = classify(message.headers, message.structure)
    response = _response(message, request, us, verdict)
    returned = report.returned_headers if report else None
    genuine = not us.tokens or not set(us.tokens).isdisjoint(reply_keys(message.headers, returned))
    return ReadReply(
        kind=_KINDS.get(kind, "reply"),
        response=response,
        arrived=message.arrived,
        identities=tuple(_identities(message)),
        matches_exclude_pattern=_is_excluded(request, response),
        # Anybody can write a report; where letters carry a token, one without it proves nothing.
        bounces=tuple(_bounces(report, request.recipients)) if report and genuine else (),
    )


def _response(message: IncomingMessage, request: ReadReplyRequest, us: Us, verdict: Verdict | None) -> Response:
    headers = message.headers
    sender = next(iter(headers.addresses("From")), None)
    full_text = message.text or text_of_html(message.html)
    texts = Texts(request.text_limit)
    return Response(
        recipient=_recipient(message, request.recipients, us),
        state="replied",
        content=texts.cut(_new_text(message, us)),
        full_text=texts.cut(full_text),
        html=texts.cut(message.html) if message.html else None,
        text_truncated=texts.truncated or message.text_truncated,
        subject=headers.subject[:_HEADER_CHARACTERS],
        sender=sender.address if sender else "",
        date=headers.date or message.arrived,
        message_id=headers.message_id or None,
        folder=message.pointer.folder,
        attachments=tuple(_attachments(message)),
        authentication=_authentication(verdict),
    )


def _new_text(message: IncomingMessage, us: Us) -> str:
    if message.text.strip():
        return new_text(message.text, own_addresses=us.addresses, own_name=us.name, sent_text=us.sent_text)
    return new_text_of_html(message.html, own_addresses=us.addresses, own_name=us.name, sent_text=us.sent_text)


def _recipient(message: IncomingMessage, recipients: Collection[str], us: Us) -> str:
    """The awaited address that this comes from; with our token, the only awaited one may have sent somebody."""
    by_address = {normal_address(recipient): recipient for recipient in recipients}
    for sender in message.headers.addresses("From"):
        if known := by_address.get(normal_address(sender.address)):
            return known
    vouched = bool(us.tokens) and not set(us.tokens).isdisjoint(reply_keys(message.headers))
    return next(iter(recipients)) if vouched and len(recipients) == 1 else ""


def _identities(message: IncomingMessage) -> Iterator[str]:
    """The same mail in two folders shares its Message-ID, or, where it has none, its words."""
    yield message.pointer.identity
    if message.headers.message_id:
        yield f"id:{message.headers.message_id}"
    else:
        said = "\0".join((message.headers.get("From"), message.headers.get("Date"), message.text, message.html))
        yield "digest:" + hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _is_excluded(request: ReadReplyRequest, response: Response) -> bool:
    if not request.exclude_pattern:
        return False
    return matches(request.exclude_pattern, f"{response.subject}\n{response.content}")


def _bounces(report: Report, recipients: Collection[str]) -> Iterator[Response]:
    by_address = {normal_address(recipient): recipient for recipient in recipients}
    for reported in report.recipients:
        recipient = by_address.get(normal_address(reported.address))
        if recipient is not None and reported.action is Action.FAILED:
            bounce = Bounce(status=reported.status, diagnostic=reported.diagnostic[:_DIAGNOSTIC_CHARACTERS])
            yield Response(recipient=recipient, state="bounced", bounce=bounce)


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
