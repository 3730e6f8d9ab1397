"""One account at work: what it sends, what it reads, what it knows of itself."""

import asyncio
from collections.abc import Sequence

from mail.account import Account
from mail.composer import compose
from mail.correlation import letter_key
from mail.dkim_signature import TxtLookup
from mail.draft import Drafting
from mail.errors import NotConfigured
from mail.forward import Forwarded, load_forwarded
from mail.letter import Letter
from mail.mailbox import Mailbox
from mail.oauth import AccessTokens
from mail.outbox import Outbox
from mail.ping import ping_imap, ping_smtp
from mail.policy import Policy
from mail.reading import Reading
from mail.reply import Us
from mail.smtp.pool import SmtpPool
from mail.smtp.transaction import BeforeEnd
from mail.template import Templates
from mail.thread_reply import address_reply
from models.ping import ServerPing
from models.send import Delivery, LetterRequest
from models.thread_reply import AddressedReply, AddressReplyRequest
from models.wait import AwaitedLetter, MessagePointer, ReadReply, ReadReplyRequest


class OpenAccount:
    """A configured account and its connections."""

    def __init__(self, name: str, account: Account, *, policy: Policy, templates: Templates, dns: TxtLookup) -> None:
        self.name = name
        self._account = account
        self._policy = policy
        self._dns = dns
        self._drafting = Drafting(account, policy, templates)
        self._tokens = AccessTokens(account.oauth) if account.oauth else None
        self._smtp_pool = SmtpPool(account.smtp, self._tokens) if account.smtp else None
        self._outbox = Outbox(account, self._smtp_pool) if self._smtp_pool else None
        self._mailbox = Mailbox(account.imap, name, self._tokens) if account.imap else None

    @property
    def policy(self) -> Policy:
        """What this worker allows."""
        return self._policy

    @property
    def outbox(self) -> Outbox:
        """Where the account hands its letters in."""
        if self._outbox is None:
            raise self._lacks("smtp")
        return self._outbox

    @property
    def mailbox(self) -> Mailbox:
        """The account's folders."""
        if self._mailbox is None:
            raise self._lacks("imap")
        return self._mailbox

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.gather(*(part.close() for part in (self._smtp_pool, self._mailbox) if part))

    async def check(self, letter: LetterRequest) -> str:
        """Refuse what cannot be sent; else the Message-ID that the letter will have."""
        _ = self.outbox
        message_id = self._drafting.message_id(letter)
        await self._composed(letter, message_id)
        return message_id

    async def deliver(
        self,
        letter: LetterRequest,
        message_id: str,
        *,
        only: Sequence[str],
        before_end: BeforeEnd,
    ) -> Delivery:
        """Hand the letter over to everybody, or to those who are left."""
        self.outbox.refuse_early()  # before its files are read
        recipients = [one for one in letter.everybody if not only or one.address in only]
        return await self.outbox.deliver(
            await self._drafted(letter, message_id),
            recipients,
            envelope_sender=self._drafting.envelope_sender(message_id),
            before_end=before_end,
        )

    async def address_reply(self, request: AddressReplyRequest) -> AddressedReply:
        """Find the message that is answered, and who gets the answer."""
        return await address_reply(self.mailbox, self._account, request)

    async def file_copy(self, letter: LetterRequest, message_id: str) -> str | None:
        """Put a copy into Sent; None where the account keeps none."""
        if self._mailbox is None or self._account.sent_copy == "off":
            return None
        raw = await self._composed(letter, message_id)
        return await self._mailbox.file_in_sent(raw, message_id, letter.date)

    async def is_in_sent(self, message_id: str) -> bool:
        """Whether Sent proves that the letter has left."""
        return self._mailbox is not None and await self._mailbox.find_in_sent(message_id) is not None

    def reply_keys(self, message_ids: Sequence[str]) -> tuple[str, ...]:
        """The keys by which answers to these letters are known."""
        return (*map(letter_key, message_ids), *self._token_keys(message_ids))

    async def subject_of(self, letter: AwaitedLetter) -> str:
        """The subject of a letter of ours, as its copy in Sent tells it; empty where there is none."""
        sent = await self.mailbox.find_in_sent(letter.message_ids[0])
        return sent.headers.subject if sent else ""

    async def read_reply(self, request: ReadReplyRequest) -> ReadReply | None:
        """Read one message as an answer; None when it is gone."""
        reading = Reading(self._account, self._policy, self.mailbox, self._dns)
        return await reading.read(request, self._us(request.letter))

    async def ping_smtp(self) -> ServerPing | None:
        """What the SMTP server says; None where none is configured."""
        return await ping_smtp(self._account.smtp, self._tokens) if self._account.smtp else None

    async def ping_imap(self) -> ServerPing | None:
        """What the IMAP server says; None where none is configured."""
        return await ping_imap(self._account.imap, self._tokens) if self._account.imap else None

    async def _drafted(self, letter: LetterRequest, message_id: str) -> Letter:
        forwarded = await self._forwarded(letter.forwarded) if letter.forwarded else None
        return await asyncio.to_thread(self._drafting.letter, letter, message_id, forwarded)

    async def _forwarded(self, pointer: MessagePointer) -> Forwarded:
        return await load_forwarded(self.mailbox, pointer, self._policy.max_attachments_bytes)

    async def _composed(self, letter: LetterRequest, message_id: str) -> bytes:
        return await asyncio.to_thread(compose, await self._drafted(letter, message_id))

    def _us(self, letter: AwaitedLetter) -> Us:
        senders = tuple(self._drafting.envelope_sender(one) for one in letter.message_ids)
        return Us(
            addresses=(self._account.address, *self._account.aliases, *senders),
            name=self._account.display_name,
            tokens=self._token_keys(letter.message_ids),
        )

    def _token_keys(self, message_ids: Sequence[str]) -> tuple[str, ...]:
        tokens = map(self._drafting.token, message_ids)
        return tuple(f"token:{token}" for token in tokens if token)

    def _lacks(self, section: str) -> NotConfigured:
        return NotConfigured(f"account {self.name!r} has no {section} section in the settings", account=self.name)
