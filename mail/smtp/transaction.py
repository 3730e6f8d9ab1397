"""One mail transaction (RFC 5321 §3.3): from MAIL to the reply after the letter."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

from mail.envelope import needs_smtputf8, wire_address
from mail.errors import AttachmentTooLarge, MessageRejected, ServerUnavailable
from mail.smtp.answers import Answers, Envelope
from mail.smtp.reply import START_MAIL_INPUT, Reply, letter_error
from models.send import Delivery

_MOST_DIGITS = 20  # RFC 1870 §3
# Called when nothing but the final dot is left to send, with what the server has said about each recipient.
BeforeEnd = Callable[[Delivery], Awaitable[None]]


class Dialogue(Protocol):
    """The connection, as far as a transaction needs it."""

    @property
    def where(self) -> str:
        """The server's name in sentences for people."""
        ...

    @property
    def extensions(self) -> Mapping[str, str]:
        """What EHLO told: names in lower case, with their parameters."""
        ...

    async def command(self, *words: bytes) -> Reply:
        """Say one line, hear the reply."""
        ...

    async def letter(self, octets: bytes, before_end: Callable[[], Awaitable[None]]) -> Reply:
        """Send the letter and the dot behind it, hear what becomes of it."""
        ...

    async def reset(self) -> None:
        """Forget the transaction under way."""


async def transact(dialogue: Dialogue, envelope: Envelope, octets: bytes, before_end: BeforeEnd | None) -> Delivery:
    """Hand in one letter; without anybody to get it, it is not sent."""
    _refuse_hopeless(dialogue, envelope)
    answers = Answers(envelope)
    try:
        await _name_recipients(dialogue, envelope, answers)
        if not answers.accepted:
            await dialogue.reset()
            return answers.taken("")
        reply = await _hand_over(dialogue, octets, partial(_say, before_end, answers))
    except ServerUnavailable as error:
        if not answers.refused:
            raise
        # Whom the server refused for good before it went away must not be asked again.
        await dialogue.reset()
        return answers.interrupted(error.message)
    return answers.taken(reply.text)


def _refuse_hopeless(dialogue: Dialogue, envelope: Envelope) -> None:
    limit = dialogue.extensions.get("size", "")  # RFC 1870 §3; 0 = no limit
    if limit.isdecimal() and len(limit) <= _MOST_DIGITS and 0 < int(limit) < envelope.size:
        raise AttachmentTooLarge(
            f"the letter is {envelope.size:,} bytes; {dialogue.where} takes {int(limit):,}",
            size=envelope.size,
            limit=int(limit),
        )
    if needs_smtputf8(envelope.sender) and "smtputf8" not in dialogue.extensions:
        raise MessageRejected(f"{dialogue.where} takes no sender beyond ASCII (SMTPUTF8): {envelope.sender}")


async def _name_recipients(dialogue: Dialogue, envelope: Envelope, answers: Answers) -> None:
    if "smtputf8" not in dialogue.extensions:
        answers.refuse_beyond_ascii()
    reachable = {recipient: _path(b"TO:", recipient) for recipient in answers.missing}
    if not reachable:
        return
    reply = await dialogue.command(b"MAIL", *_mail_parameters(dialogue, envelope, answers.missing))
    if not reply.positive:
        raise letter_error(reply, dialogue.where)
    for recipient, path in reachable.items():
        answers.note(recipient, await dialogue.command(b"RCPT", path))


def _mail_parameters(dialogue: Dialogue, envelope: Envelope, recipients: Sequence[str]) -> Iterator[bytes]:
    yield _path(b"FROM:", envelope.sender)
    if "size" in dialogue.extensions:
        yield b"SIZE=%d" % envelope.size
    if envelope.smtputf8 or any(map(needs_smtputf8, (envelope.sender, *recipients))):
        yield b"SMTPUTF8"  # RFC 6531 §3.4
    # RFC 6152 §2. Those that do not offer it pass such octets on all the same.
    if envelope.eight_bit and "8bitmime" in dialogue.extensions:
        yield b"BODY=8BITMIME"


async def _say(before_end: BeforeEnd | None, answers: Answers) -> None:
    if before_end is not None:
        await before_end(answers.taken(""))


async def _hand_over(dialogue: Dialogue, octets: bytes, before_end: Callable[[], Awaitable[None]]) -> Reply:
    ready = await dialogue.command(b"DATA")
    if ready.code != START_MAIL_INPUT:
        raise letter_error(ready, dialogue.where)
    reply = await dialogue.letter(octets, before_end)
    if not reply.positive:
        raise letter_error(reply, dialogue.where)
    return reply


def _path(keyword: bytes, address: str) -> bytes:
    return keyword + f"<{wire_address(address) if address else ''}>".encode()
