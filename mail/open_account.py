"""One account at work: what it sends, what it reads, what it knows of itself."""

import asyncio
from collections.abc import Sequence

from mail.account import Account
from mail.composer import compose
from mail.connections import Connections
from mail.correlation import letter_key, subject_key
from mail.dkim_signature import TxtLookup
from mail.draft import Drafting
from mail.errors import NotConfigured
from mail.forward import Forwarded, load_forwarded
from mail.ledger import Ledger
from mail.letter import Letter
from mail.mailbox import Mailbox
from mail.metrics import SILENT, Meter
from mail.outbox import Outbox
from mail.ping import ping_imap, ping_smtp
from mail.policy import Policy
from mail.reading import Reading
from mail.renaming import renamed_to
from mail.reply import Us
from mail.reply_tokens import ReplyTokens
from mail.smtp.transaction import BeforeEnd
from mail.template import Templates
from mail.thread_reply import address_reply
from models.ping import ServerPing
from models.send import Delivery, Filing, LetterRequest
from models.thread_reply import AddressedReply, AddressReplyRequest
from models.wait import AwaitedLetter, MessagePointer, ReadReply, ReadReplyRequest


class OpenAccount:
    """A configured account and its connections."""

    def __init__(
        self,
        name: str,
        account: Account,
        *,
        policy: Policy,
        templates: Templates,
        dns: TxtLookup,
        meter: Meter = SILENT,
        connections: Connections | None = None,
    ) -> None:
        self.name = name
        self.meter = meter
        self._account = account
        self._policy = policy
        self._dns = dns
        self._drafting = Drafting(account, policy, templates)
        self._reply_tokens = ReplyTokens(account)
        self.connections = connections or Connections(name, account, meter=meter)
        self._ledger = Ledger(meter if account.smtp else SILENT)

    @property
    def policy(self) -> Policy:
        """What this worker allows."""
        return self._policy

    @property
    def outbox(self) -> Outbox:
        """Where the account hands its letters in."""
        if self.connections.outbox is None:
            raise self._lacks("smtp")
        return self.connections.outbox

    @property
    def mailbox(self) -> Mailbox:
        """The account's folders."""
        if self.connections.mailbox is None:
            raise self._lacks("imap")
        return self.connections.mailbox

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
        return await self._ledger.enter(self._deliver(letter, message_id, only, before_end))

    async def _deliver(
        self, letter: LetterRequest, message_id: str, only: Sequence[str], before_end: BeforeEnd
    ) -> Delivery:
        self.outbox.refuse_early()  # before its files are read
        recipients = [one for one in letter.everybody if not only or one.address in only]
        delivery = await self.outbox.deliver(
            await self._drafted(letter, message_id),
            recipients,
            envelope_sender=self._reply_tokens.envelope_sender(message_id),
            before_end=before_end,
        )
        host = self._account.smtp.host if self._account.smtp else ""
        return delivery.model_copy(update={"renamed_to": renamed_to(message_id, delivery.server_reply, host)})

    async def address_reply(self, request: AddressReplyRequest) -> AddressedReply:
        """Find the message that is answered, and who gets the answer."""
        return await address_reply(self.mailbox, self._account, request)

    async def file_copy(self, letter: LetterRequest, message_id: str) -> Filing:
        """Put a copy into Sent, where the account keeps copies."""
        if self.connections.mailbox is None or self._account.sent_copy == "off":
            return Filing(folder=None)
        if self._account.sent_copy == "server":
            return await self.mailbox.filed_by_server(message_id)
        raw = await self._composed(letter, message_id)
        return await self.mailbox.file_in_sent(raw, message_id, letter.date)

    async def is_in_sent(self, message_id: str) -> bool:
        """Whether Sent proves that the letter has left."""
        return self.connections.mailbox is not None and await self.mailbox.find_in_sent(message_id) is not None

    async def awaited(self, letter: AwaitedLetter) -> AwaitedLetter:
        """The letter with its subject, where answers may be known by it."""
        if letter.subject or not self._policy.match_by_subject:
            return letter
        return letter.model_copy(update={"subject": await self.subject_of(letter)})

    def known_by_subject(self, recipients: Sequence[str]) -> tuple[str, ...]:
        """Those whose letters are answers if only the subject is ours."""
        return tuple(recipients) if self._policy.match_by_subject else ()

    def reply_keys(self, letter: AwaitedLetter, senders: Sequence[str] = ()) -> tuple[str, ...]:
        """The keys by which answers to this letter are known; of these senders, also by the subject."""
        by_subject = (subject_key(one, letter.subject) for one in senders)
        ids = letter.message_ids
        keys = (*map(letter_key, ids), *self._reply_tokens.keys(ids), *filter(None, by_subject))
        return tuple(dict.fromkeys(keys))

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
        return await ping_smtp(self._account.smtp, self.connections.tokens) if self._account.smtp else None

    async def ping_imap(self) -> ServerPing | None:
        """What the IMAP server says; None where none is configured."""
        return await ping_imap(self._account.imap, self.connections.tokens) if self._account.imap else None

    async def _drafted(self, letter: LetterRequest, message_id: str) -> Letter:
        forwarded = await self._forwarded(letter.forwarded) if letter.forwarded else None
        return await asyncio.to_thread(self._drafting.letter, letter, message_id, forwarded)

    async def _forwarded(self, pointer: MessagePointer) -> Forwarded:
        return await load_forwarded(self.mailbox, pointer, self._policy.max_attachments_bytes)

    async def _composed(self, letter: LetterRequest, message_id: str) -> bytes:
        return await asyncio.to_thread(compose, await self._drafted(letter, message_id))

    def _us(self, letter: AwaitedLetter) -> Us:
        tokens = self._reply_tokens
        return Us(
            addresses=(self._account.address, *self._account.aliases, *tokens.addresses(letter.message_ids)),
            name=self._account.display_name,
            tokens={key: letter.addressees.get(one, "") for one in letter.message_ids for key in tokens.keys([one])},
            tagged_reports=tokens.proves_reports(letter.message_ids[0]),
            accept_on_behalf=self._policy.replies_on_behalf == "accept",
        )

    def _lacks(self, section: str) -> NotConfigured:
        return NotConfigured(f"account {self.name!r} has no {section} section in the settings", account=self.name)
