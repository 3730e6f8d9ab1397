"""The SMTP entrance: aiosmtpd, with refusals and bounces by script."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from dev.mail_server.report import delivery_report

# Larger than what the mail layer sends, so that its own limit is the one that is met.
LARGEST_LETTER = 50 * 1024 * 1024

# aiosmtpd logs below our own package's name, and warns at each login of an attribute that it sets itself.
logging.getLogger("mail.log").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Script:
    """What the server does with certain recipients instead of delivering."""

    rules: Mapping[str, str]
    bounces: Mapping[str, str]


class Reception:
    """Decides who may hand in what for whom; aiosmtpd calls it by the names of the commands."""

    def __init__(
        self,
        users: Mapping[str, str],
        domain: str,
        script: Script,
        deliver: Callable[[str, bytes], Awaitable[None]],
    ) -> None:
        self._users, self._domain, self._script, self._deliver = users, domain, script, deliver
        self._dialogues: WeakSet[SMTP] = WeakSet()

    def dialogue(self, tls: ssl.SSLContext | None = None) -> SMTP:
        """A new dialogue with a client; with a TLS context it offers STARTTLS."""
        dialogue = SMTP(
            self,
            hostname=f"mail.{self._domain}",
            ident="ESMTP",
            data_size_limit=LARGEST_LETTER,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            tls_context=tls,
            loop=asyncio.get_running_loop(),
        )
        self._dialogues.add(dialogue)
        return dialogue

    async def hang_up(self) -> None:
        """Drop all clients."""
        while transports := [dialogue.transport for dialogue in self._dialogues if dialogue.transport]:
            for transport in transports:
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()
            await asyncio.sleep(0)  # asyncio takes a turn of its loop to end a connection

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse by script, accept who lives here."""
        if rule := self._script.rules.get(address):
            return rule
        if address not in self._script.bounces and self._owner(address) is None:
            return "550 5.1.1 User unknown"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Recipient accepted"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deliver, and report what bounces to the sender."""
        sender, raw = envelope.mail_from or "", envelope.original_content or b""
        for address in dict.fromkeys(envelope.rcpt_tos):
            if reason := self._script.bounces.get(address):
                await self._bounce(sender, address, reason, raw)
            elif owner := self._owner(address):
                await self._deliver(owner, self._trace(sender, address) + raw)
        return "250 2.0.0 Letter accepted"

    async def _bounce(self, sender: str, recipient: str, reason: str, raw: bytes) -> None:
        # A letter without a sender is itself a report, and never answered (RFC 5321, 4.5.5).
        if owner := self._owner(sender):
            report = delivery_report(self._domain, sender, recipient, reason, raw)
            await self._deliver(owner, self._trace("", sender) + report)

    def _trace(self, sender: str, recipient: str) -> bytes:
        """What the last server of a letter's way writes on top of it (RFC 5321, 4.4)."""
        return (
            f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n"
            f"Received: by mail.{self._domain} with ESMTP; {formatdate()}\r\n"
        ).encode()

    def _owner(self, address: str) -> str | None:
        local, _, domain = address.rpartition("@")
        name = local.partition("+")[0].lower()
        return name if domain.lower() == self._domain and name in self._users else None

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, credentials: object
    ) -> AuthResult:
        if not isinstance(credentials, LoginPassword):
            return AuthResult(success=False, handled=False)
        name = credentials.login.decode().removesuffix(f"@{self._domain}")
        known = self._users.get(name) == credentials.password.decode()
        return AuthResult(success=known, handled=False)
