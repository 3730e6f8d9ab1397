"""From what was asked for to the letter that is composed: sender, content, files, identity."""

from collections.abc import Sequence
from dataclasses import dataclass

from mail.account import Account
from mail.address import domain_of
from mail.attachment import resolve
from mail.correlation import reply_token, tagged_address, thread_index
from mail.envelope import forbidden_recipients
from mail.errors import RecipientForbidden
from mail.letter import Letter
from mail.policy import Policy
from mail.template import Templates
from models.address import Address
from models.send import LetterRequest


@dataclass(frozen=True, slots=True)
class Drafting:
    """How letters of one account are made."""

    account: Account
    policy: Policy
    templates: Templates

    def message_id(self, letter: LetterRequest) -> str:
        """The Message-ID of a letter: its identity at our domain (RFC 5322 §3.6.4)."""
        return f"<{letter.identity}@{domain_of(self.account.address)}>"

    def letter(self, request: LetterRequest, message_id: str) -> Letter:
        """The letter itself, every rule of the policy kept; reads and renders, so not on the event loop."""
        self._require_allowed(request.everybody)
        body = self.templates.render(request.content)
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
            references=request.references,
            attachments=resolve(
                request.attachments_paths, self.policy.attachment_roots, self.policy.max_attachments_bytes
            ),
            headers={"Thread-Index": thread_index(message_id)},
        )

    def envelope_sender(self, message_id: str) -> str:
        """Where reports go: the tagged address maps every one of them, whatever is left of the letter in it."""
        token = self.token(message_id)
        return tagged_address(self.account.address, token) if token else self.account.address

    def token(self, message_id: str) -> str | None:
        """The token of a letter, where the account has a key for tokens."""
        key = self.account.reply_token_key
        return reply_token(key.get_secret_value().encode(), message_id) if key else None

    def _reply_to(self, message_id: str) -> tuple[Address, ...]:
        if not self.token(message_id):
            return ()
        return (Address(address=self.envelope_sender(message_id), name=self.account.display_name),)

    def _require_allowed(self, recipients: Sequence[Address]) -> None:
        addresses = [recipient.address for recipient in recipients]
        if forbidden := forbidden_recipients(addresses, self.policy.allowed_recipient_domains):
            raise RecipientForbidden(
                f"policy.allowed_recipient_domains does not allow letters to {', '.join(forbidden)}",
                recipients=list(forbidden),
            )
