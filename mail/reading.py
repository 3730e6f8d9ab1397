"""From a place in a folder to what the message there means for a wait."""

import asyncio
from dataclasses import dataclass, replace

from mail.account import Account
from mail.address import domain_of, normal_address
from mail.authentication import Verdict, authenticate
from mail.classify import Kind, classify
from mail.dkim_signature import TxtLookup
from mail.html_text import text_of_html
from mail.incoming import IncomingMessage
from mail.mailbox import Mailbox
from mail.policy import Policy
from mail.reply import Us, judge
from mail.report import Report, read_report
from mail.subject_match import is_of_another
from models.wait import ReadReply, ReadReplyRequest

# A signature covers the whole letter; a reply with larger files is left unverified.
SIGNED_OCTETS = 10 * 1024 * 1024
# A delivery report says what it has to say before it quotes the letter.
REPORT_OCTETS = 128 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """How answers to one account are read."""

    account: Account
    policy: Policy
    mailbox: Mailbox
    dns: TxtLookup

    async def read(self, request: ReadReplyRequest, us: Us) -> ReadReply | None:
        """Read one message as an answer; None when it is gone, or a letter of our own."""
        message = await self.mailbox.read(request.pointer)
        if message is None or self._is_ours(message, request):
            return None
        report = await self._report(message)
        if report is None and self._is_of_another(message, request, us):
            return None
        verdict = await self._verdict(message, request)
        reply = await asyncio.to_thread(judge, message, request, us, report=report, verdict=verdict)
        if reply.response.content or not reply.response.full_text:
            return reply
        us = replace(us, sent_text=await self._sent_text(request))  # it tells history from what stands below it
        return await asyncio.to_thread(judge, message, request, us, report=report, verdict=verdict)

    async def _sent_text(self, request: ReadReplyRequest) -> str:
        """The text of the letter that is answered; empty where Sent does not have it."""
        sent = await self.mailbox.find_in_sent(request.letter.message_ids[0])
        return sent.text or text_of_html(sent.html) if sent else ""

    async def _report(self, message: IncomingMessage) -> Report | None:
        if classify(message.headers, message.structure).kind is not Kind.DELIVERY_REPORT:
            return None
        return read_report(await self.mailbox.first_octets(message.pointer, REPORT_OCTETS))

    async def _verdict(self, message: IncomingMessage, request: ReadReplyRequest) -> Verdict | None:
        if request.reply_authentication == "off":
            return None

        async def whole() -> bytes | None:
            small = message.size <= SIGNED_OCTETS
            return await self.mailbox.first_octets(message.pointer, SIGNED_OCTETS) if small else None

        return await authenticate(message.headers, self.policy, load=whole, dns=self.dns)

    def _is_of_another(self, message: IncomingMessage, request: ReadReplyRequest, us: Us) -> bool:
        """Where a subject is enough, it also ties what it should not."""
        if not self.policy.match_by_subject:
            return False
        own_domain = domain_of(self.account.address)
        return is_of_another(message.headers, message.arrived, request.letter, us.tokens, own_domain)

    def _is_ours(self, message: IncomingMessage, request: ReadReplyRequest) -> bool:
        """Our own letters come back as copies; they answer nothing, unless we are awaited ourselves."""
        if message.headers.message_id in request.letter.message_ids:
            return True
        own = {normal_address(one) for one in (self.account.address, *self.account.aliases)}
        senders = {normal_address(one.address) for one in message.headers.addresses("From")}
        return bool(senders & own - {normal_address(one) for one in request.recipients})
