"""One SMTP connection (RFC 5321), logged in and encrypted as the settings demand."""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Self

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from mail import tls
from mail.account import SmtpServer
from mail.errors import CertificateRejected, MailError, SendOutcomeUnknown, ServerUnavailable
from mail.smtp.answers import Envelope
from mail.smtp.greeting import Greeting
from mail.smtp.login import log_in
from mail.smtp.reply import CLOSING, Reply
from mail.smtp.transaction import BeforeEnd, transact
from mail.smtp.transparency import transparent
from mail.trace import span
from models.send import Delivery

# The letter goes out in pieces of this size, so that the loop and the other connections breathe.
_CHUNK = 256 * 1024
# With the usual 30 s per reply these are the 10 minutes of RFC 5321 §4.5.3.2.6 for the reply to a letter:
# whoever gives up earlier produces duplicates.
_PATIENCE_AFTER_DATA = 20
# A good-bye is a courtesy.
_QUIT_SECONDS = 2.0
_HOST_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class SmtpSession:
    """A connection on which letters can be handed in, one after the other."""

    greeting: Greeting

    def __init__(self, client: SMTP, server: SmtpServer) -> None:
        self._client = client
        self._server = server
        self.where = f"{server.host}:{server.port}"
        self._lock = asyncio.Lock()
        self._transport: asyncio.WriteTransport | None = None
        self._writer: asyncio.StreamWriter | None = None

    @classmethod
    async def open(cls, server: SmtpServer, *, token: str | None = None) -> Self:
        """Connect, encrypt and log in: with the OAuth token if there is one, else with the password."""
        encrypted = server.security != "none"
        context = await asyncio.to_thread(tls.client_context, server.ca_file) if encrypted else None
        session = cls(_client(server, context), server)
        try:
            with span("SMTP connect", server.host):
                await session._enter(token)
        except BaseException:
            session.drop()
            raise
        return session

    @property
    def extensions(self) -> Mapping[str, str]:
        """What EHLO told: names in lower case, with their parameters."""
        return self._client.esmtp_extensions

    @property
    def closed(self) -> bool:
        """Whether the connection is gone, or must not be used any more."""
        return not self._client.is_connected

    async def deliver(
        self,
        raw: bytes,
        sender: str,
        recipients: Sequence[str],
        *,
        smtputf8: bool,
        before_end: BeforeEnd | None = None,
    ) -> Delivery:
        """Hand in one letter; until `before_end` returns, the server will throw it away."""
        letter = await asyncio.to_thread(transparent, raw)
        async with self._lock:
            try:
                envelope = Envelope(sender, tuple(recipients), len(raw), smtputf8=smtputf8, eight_bit=not raw.isascii())
                with span("SMTP transaction", self._server.host):
                    return await transact(self, envelope, letter, before_end)
            except MailError:
                await self.reset()
                raise
            except BaseException:
                self.drop()
                raise

    async def noop(self) -> None:
        """Make sure that the server still listens."""
        reply = await self.command(b"NOOP")
        if not reply.positive:
            self.drop()
            raise ServerUnavailable(f"{self.where} is not well: {reply}", retry_after=reply.pause_for_policy)

    async def close(self) -> None:
        """Say good-bye; a server that does not answer is left without one."""
        with suppress(ServerUnavailable, TimeoutError):
            async with asyncio.timeout(_QUIT_SECONDS):
                await self.command(b"QUIT")
        self.drop()
        await asyncio.sleep(0)  # the socket is closed in the loop's next round

    def drop(self) -> None:
        """Hang up at once; what was not sent yet will not be."""
        # Closing would wait for the server's good-bye in TLS, and the library forgets what it has closed.
        if self._transport is not None:
            self._transport.abort()
        self._client.close()

    async def _enter(self, token: str | None) -> None:
        with _translated(self.where):
            banner = await self._client.connect()
            self._transport = _transport(self._client)
            await self._client.ehlo()
            if self._server.security == "starttls":
                await self._start_tls()
            await log_in(self._exchange, self._server, token, self._client.server_auth_methods)
            self.greeting = Greeting(
                Reply.of(banner.code, banner.message).text,
                _tls_version(self._client),
                _capabilities(self._client),
            )
            # Kept as long as the connection: a writer that is forgotten closes it.
            self._writer = _writer(self._client)

    async def _start_tls(self) -> None:
        """Never "if offered": whoever can strip the offer could read the password."""
        if not self._client.supports_extension("starttls"):
            raise CertificateRejected(f"{self.where} does not offer STARTTLS, which the settings require")
        try:
            await self._client.starttls()
        except SMTPResponseException as error:
            reply = Reply.of(error.code, error.message)
            kind = CertificateRejected if reply.final else ServerUnavailable
            raise kind(f"{self.where} refuses STARTTLS: {reply}") from None
        self._transport = _transport(self._client)
        await self._client.ehlo()  # RFC 3207 §4.2: what was said in clear counts no more

    async def command(self, *words: bytes) -> Reply:
        """Say one line, hear the reply; a server that closes is left."""
        with _translated(self.where, self):
            reply = await self._exchange(*words)
        if reply.code == CLOSING:
            self.drop()
            raise ServerUnavailable(
                f"{self.where} closes the connection: {reply}", code=CLOSING, retry_after=reply.pause_for_policy
            )
        return reply

    async def _exchange(self, *words: bytes) -> Reply:
        response = await self._client.execute_command(*words)
        return Reply.of(response.code, response.message)

    async def reset(self) -> None:
        """Forget the letter under way; a connection that cannot is of no further use."""
        if self.closed:
            return
        with suppress(ServerUnavailable):
            if (await self.command(b"RSET")).positive:
                return
        self.drop()

    async def letter(self, octets: bytes, before_end: Callable[[], Awaitable[None]]) -> Reply:
        """Send the letter and the dot behind it, hear what becomes of it."""
        await self._write(octets)
        try:
            await before_end()
        except BaseException:
            self.drop()  # in the middle of a letter, RSET would be part of it
            raise
        reply = await self._end_of_data()
        if reply.code == CLOSING:
            self.drop()
        return reply

    async def _write(self, letter: bytes) -> None:
        """Send all but the end: a server that loses us here throws the letter away."""
        with _translated(self.where, self):
            for start in range(0, len(letter), _CHUNK):
                protocol, writer = self._channel()
                protocol.write(letter[start : start + _CHUNK])
                async with asyncio.timeout(self._server.timeout_seconds):
                    await writer.drain()

    async def _end_of_data(self) -> Reply:
        """Send the final dot; from here on the letter is in the server's hands."""
        with _translated(self.where, self):
            protocol, _ = self._channel()
            protocol.write(b".\r\n")
        try:
            response = await protocol.read_response(timeout=self._server.timeout_seconds * _PATIENCE_AFTER_DATA)
        except (SMTPException, OSError) as error:
            self.drop()
            raise SendOutcomeUnknown(
                f"{self.where} has the letter, but was lost before it said whether it took it: {error}"
            ) from error
        return Reply.of(response.code, response.message)

    def _channel(self) -> tuple[SMTPProtocol, asyncio.StreamWriter]:
        if self._client.protocol is None or self._writer is None:
            raise ConnectionResetError("the connection is gone")
        return self._client.protocol, self._writer


def _client(server: SmtpServer, context: ssl.SSLContext | None) -> SMTP:
    return SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=False,  # aiosmtplib's own would not say why it failed
        tls_context=context,
        local_hostname=_own_name(),
        timeout=server.timeout_seconds,
    )


def _own_name() -> str:
    """The name for EHLO without a look-up in DNS; RFC 5321 §4.1.4 wants an address where there is none."""
    name = socket.gethostname()
    return name if _HOST_NAME.fullmatch(name) else "[127.0.0.1]"


def _transport(client: SMTP) -> asyncio.WriteTransport:
    if isinstance(client.transport, asyncio.WriteTransport):
        return client.transport
    raise ConnectionResetError("the connection was lost as soon as it was there")


def _writer(client: SMTP) -> asyncio.StreamWriter:
    """The connection for a letter that is larger than its buffers."""
    protocol = client.protocol or asyncio.BaseProtocol()
    return asyncio.StreamWriter(_transport(client), protocol, None, asyncio.get_running_loop())


def _tls_version(client: SMTP) -> str:
    layer = client.get_transport_info("ssl_object")
    return layer.version() or "" if isinstance(layer, ssl.SSLObject) else ""


def _capabilities(client: SMTP) -> tuple[str, ...]:
    return tuple(f"{name.upper()} {value}".strip() for name, value in client.esmtp_extensions.items())


@contextmanager
def _translated(where: str, session: SmtpSession | None = None) -> Generator[None, None, None]:
    """The library's errors as ours; a session that met one is not used any more."""
    try:
        yield
    except MailError:
        raise
    except (SMTPException, OSError, UnicodeError) as error:
        if session is not None:
            session.drop()
        raise _as_mail_error(error, where) from error


def _as_mail_error(error: Exception, where: str) -> MailError:
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLError):
        return tls.tls_failure(cause, where)
    if isinstance(error, TimeoutError):
        return ServerUnavailable(f"{where} does not answer in time")
    if isinstance(error, SMTPResponseException):
        reply = Reply.of(error.code, error.message)
        return ServerUnavailable(f"{where} does not serve us: {reply}", retry_after=reply.pause_for_policy)
    return ServerUnavailable(f"{where} cannot be reached: {error}")
