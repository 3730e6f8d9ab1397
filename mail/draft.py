"""From what was asked for to the letter that is composed: sender, content, files, identity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mail.account import Account
from mail.address import domain_of
from mail.attachment import resolve
from mail.correlation import thread_index
from mail.enclosure import Enclosure
from mail.envelope import forbidden_recipients
from mail.errors import AttachmentTooLarge, InvalidContent, RecipientForbidden
from mail.field import is_plain_id
from mail.forward import Forwarded
from mail.inline_image import with_content_ids
from mail.letter import Letter
from mail.policy import Policy
from mail.quotation import with_quotation
from mail.renaming import renames
from mail.reply_tokens import ReplyTokens
from mail.template import Body, Templates
from mail.thread_index import continued
from models.address import Address
from models.send import LetterRequest

# More than mail services take at once (Exchange Online: 1,000); what the server says of each has to fit into a result.
MOST_RECIPIENTS = 1_000


@dataclass(frozen=True, slots=True)
class Drafting:
    """How letters of one account are made."""

    account: Account
    policy: Policy
    templates: Templates

    def message_id(self, letter: LetterRequest) -> str:
        """The Message-ID of a letter: its identity at our domain (RFC 5322 §3.6.4)."""
        return f"<{letter.identity}@{domain_of(self.account.address)}>"

    def letter(self, request: LetterRequest, message_id: str, forwarded: Forwarded | None = None) -> Letter:
        """The letter itself, every rule of the policy kept; reads and renders, so not on the event loop."""
        self._require_allowed(request.everybody)
        files = resolve(request.attachments_paths, self.policy.attachment_roots, self.policy.max_attachments_bytes)
        enclosures = forwarded.enclosures if forwarded else ()
        self._refuse_too_large_together(files, enclosures)
        body = self._body(request, message_id, files, forwarded)
        return Letter(
            message_id=message_id,
            date=request.date,
            sender=Address(address=self.account.address, name=self.account.display_name),
            subject=request.subject,
            text=body.text,
            html=body.html,
            to=request.recipients,
            cc=request.cc,
            reply_to=request.reply_to or self._reply_to(message_id),
            in_reply_to=request.in_reply_to,
            references=(*request.references, *self._kept_id(message_id)),
            attachments=files,
            enclosures=enclosures,
            headers=dict(_headers(request, message_id)),
        )

    @property
    def tokens(self) -> ReplyTokens:
        """The signed addresses of the account."""
        return ReplyTokens(self.account)

    def _body(
        self, request: LetterRequest, message_id: str, files: Sequence[Path], forwarded: Forwarded | None
    ) -> Body:
        body = self.templates.render(request.content) if request.content else Body("", "")
        body = replace(body, html=with_content_ids(body.html, {file.name for file in files}, message_id))
        return with_quotation(body, forwarded) if forwarded else body

    def _refuse_too_large_together(self, files: Sequence[Path], enclosures: Sequence[Enclosure]) -> None:
        limit = self.policy.max_attachments_bytes
        size = sum(file.stat().st_size for file in files) + sum(len(one.octets) for one in enclosures)
        if size > limit:
            raise AttachmentTooLarge(
                f"the forwarded message brings the files to {size:,} bytes; the limit is {limit:,}", size=size
            )

    def _kept_id(self, message_id: str) -> tuple[str, ...]:
        """Services that overwrite the Message-ID leave References alone; most answers carry them on."""
        smtp = self.account.smtp
        return (message_id,) if smtp and renames(smtp.host) else ()

    def _reply_to(self, message_id: str) -> tuple[Address, ...]:
        address = self.tokens.reply_to(message_id)
        return (Address(address=address, name=self.account.display_name),) if address else ()

    def _require_allowed(self, recipients: Sequence[Address]) -> None:
        if len(recipients) > MOST_RECIPIENTS:
            raise InvalidContent(f"a letter to {len(recipients):,} recipients; one letter may have {MOST_RECIPIENTS:,}")
        addresses = [recipient.address for recipient in recipients]
        if forbidden := forbidden_recipients(addresses, self.policy.allowed_recipient_domains):
            raise RecipientForbidden(
                f"policy.allowed_recipient_domains does not allow letters to {', '.join(forbidden)}",
                recipients=list(forbidden),
            )


def _headers(request: LetterRequest, message_id: str) -> Iterator[tuple[str, str]]:
    """Outlook's thread, and what Thunderbird calls the message that is forwarded."""
    yield "Thread-Index", continued(request.thread_index, request.date, message_id) or thread_index(message_id)
    if request.forwarded and is_plain_id(request.forwarded.message_id):
        yield "X-Forwarded-Message-Id", request.forwarded.message_id
