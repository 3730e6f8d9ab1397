"""One letter's envelope, and what the server has said of its recipients so far."""

from dataclasses import dataclass

from mail.envelope import needs_smtputf8
from mail.smtp.reply import MAILBOX_NAME_NOT_ALLOWED, Reply
from models.send import Delivery, RefusedRecipient


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom to whom; addresses as the caller gave them."""

    sender: str
    recipients: tuple[str, ...]
    size: int
    smtputf8: bool  # the header holds raw UTF-8
    eight_bit: bool = False  # a letter inside holds octets beyond ASCII


class Answers:
    """The replies to RCPT; they count even if the connection is lost before the letter is gone."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self._replies: dict[str, Reply] = {}

    def note(self, recipient: str, reply: Reply) -> None:
        """Keep what the server said of one recipient."""
        self._replies[recipient] = reply

    def refuse_beyond_ascii(self) -> None:
        """Refuse whom a server without SMTPUTF8 cannot take (RFC 6531 §3.2)."""
        for recipient in self._envelope.recipients:
            if self._envelope.smtputf8 or needs_smtputf8(recipient):
                self.note(recipient, Reply(MAILBOX_NAME_NOT_ALLOWED, "the server lacks SMTPUTF8"))

    @property
    def missing(self) -> tuple[str, ...]:
        """Of whom nothing was said yet."""
        return tuple(one for one in self._envelope.recipients if one not in self._replies)

    @property
    def accepted(self) -> tuple[str, ...]:
        """Who would get the letter."""
        return tuple(one for one, reply in self._replies.items() if reply.positive)

    @property
    def refused(self) -> tuple[RefusedRecipient, ...]:
        """Who never will."""
        return tuple(
            RefusedRecipient(address=one, code=no.code, message=no.text)
            for one, no in self._replies.items()
            if no.final
        )

    @property
    def deferred(self) -> tuple[RefusedRecipient, ...]:
        """Who may, later."""
        return tuple(
            RefusedRecipient(address=one, code=no.code, message=no.text)
            for one, no in self._replies.items()
            if not (no.positive or no.final)
        )

    def taken(self, server_reply: str) -> Delivery:
        """The end of the matter: what was said stands."""
        return Delivery(accepted=self.accepted, refused=self.refused, deferred=self.deferred, server_reply=server_reply)

    def interrupted(self, reason: str) -> Delivery:
        """Nobody got the letter; those who were not refused for good may be tried again."""
        waiting = (*self.accepted, *(one.address for one in self.deferred), *self.missing)
        return Delivery(
            refused=self.refused,
            deferred=tuple(RefusedRecipient(address=one, code=421, message=reason) for one in waiting),
        )
