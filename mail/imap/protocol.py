"""aioimaplib, hardened: the one module that imports it, and the reasons why so much of it is replaced.

It keeps the library's commands, tags, silence timers and transport. Reading, ordering and loss are ours:
the library recurses per line, counts parentheses in text, deletes every "* ", matches answers to commands by
name, and leaves those who wait on a lost connection waiting.
"""

import asyncio
import logging
import re
import socket
import ssl
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from typing import cast

from aioimaplib import aioimaplib

from mail.errors import CertificateRejected, ServerUnavailable
from mail.imap.wire import Reply, Response, ResponseReader, human_text, segments
from mail.push_back import pause_asked
from mail.trace import span

log = logging.getLogger(__name__)

# Mail came or went; changed flags are no news to anybody who waits for mail.
_NEWS = re.compile(rb"\d+ (?:EXISTS|EXPUNGE)\b|VANISHED\b", re.IGNORECASE)
# RFC 2177: a server may log out whoever idles for 30 minutes.
LONGEST_IDLE = 29 * 60.0
# A peer that vanished without a word is found out after 60 s + 4 · 15 s, in IDLE too.
_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}


class Exchange(aioimaplib.Command):  # type: ignore[misc]  # aioimaplib ships no types
    """One command on its way, and all that the server says until its tagged answer."""

    def __init__(self, tag: str, name: str, parts: Iterable[bytes], patience: float) -> None:
        super().__init__(name, tag, timeout=patience)  # pyright: ignore[reportUnknownMemberType]
        self.unsent = deque(parts)
        self.responses: list[Response] = []
        self.accepted = asyncio.Event()  # the server said "go on", or it is all over
        self.challenge = ""

    @property
    def over(self) -> bool:
        return bool(self._event.is_set())

    def reply(self) -> Reply:
        text = self._resp_lines[-1].decode("utf-8", "replace")
        return Reply(self._resp_result, text, tuple(self.responses), self.challenge)

    def close(self, line: bytes, result: str) -> None:
        super().close(line, result)
        self.accepted.set()

    def abandon(self, error: Exception) -> None:
        self._exception = error
        self.be_patient(None)
        self._event.set()
        self.accepted.set()

    def be_patient(self, seconds: float | None) -> None:
        """How long the server may be silent from now on; None is for ever."""
        self._timeout = seconds
        self._reset_timer()

    def heard(self) -> None:
        """Something arrived: patience is for silence, not for the length of an answer."""
        if not self.over:
            self._reset_timer()


class Protocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc]
    """One IMAP connection: one command at a time, and none survives a time-out or a cancellation."""

    def __init__(self, patience: float, host: str = "") -> None:
        loop = asyncio.get_running_loop()
        super().__init__(loop)
        self.patience = patience
        self._host = host
        self.greeting: asyncio.Future[str] = loop.create_future()
        self.news = asyncio.Event()
        self._loss = ""
        self._reader = ResponseReader()
        self._turn = asyncio.Lock()
        self._exchange: Exchange | None = None

    @property
    def lost(self) -> bool:
        return bool(self._loss) or self._carrier.is_closing()

    @property
    def tls_version(self) -> str | None:
        tls = self._carrier.get_extra_info("ssl_object")
        return tls.version() if tls else None

    @property
    def _carrier(self) -> asyncio.Transport:
        """The transport, TLS included once it is there."""
        return cast(asyncio.Transport, self.transport)

    # What callers ask for

    async def run(self, line: bytes, *more: bytes, patience: float | None = None) -> Reply:
        """Send a command and wait for its end; each of `more` goes out when the server asks for it."""
        parts = (*segments(line), *(part + b"\r\n" for part in more))
        async with self._turn:
            with span(f"IMAP {_command(line)}", self._host), self._dropping():
                exchange = self._begin(parts, patience or self.patience)
                await exchange.wait()
                return self._end(exchange)

    async def await_news(self, seconds: float) -> bool:
        """Wait for news of the selected folder; whether there were any before the time was up."""
        async with self._turn:
            if self.lost:
                raise self._lost_error()
            if not self.news.is_set():
                with self._dropping():
                    await self._idle(min(seconds, LONGEST_IDLE))
            return self.take_news()

    def take_news(self) -> bool:
        """Whether mail came or went since somebody last asked."""
        heard = self.news.is_set()
        self.news.clear()
        return heard

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted, or not at all."""
        reply = await self.run(b"STARTTLS")
        if not reply.ok:
            self.drop("the server offers no STARTTLS")
            raise CertificateRejected(f"{host} offers no STARTTLS, which the settings require.")
        if self._reader.in_the_middle:
            # Plain text sent ahead of the handshake would be read as if it came encrypted (CVE-2011-0411).
            self.drop("the server spoke between STARTTLS and TLS")
            raise CertificateRejected(f"{host} sent plain text into the TLS handshake.")
        loop = asyncio.get_running_loop()
        self.transport = await loop.start_tls(self._carrier, self, context, server_hostname=host)

    def drop(self, reason: str) -> None:
        """Give the connection up; whoever waits on it hears so at once."""
        if self._loss:
            return
        self._loss = reason
        if not self.greeting.done():
            self.greeting.set_exception(self._lost_error())
            self.greeting.exception()  # nobody may be waiting for it any more
        if self._exchange is not None:
            self._exchange.abandon(self._lost_error())
        self.news.set()
        self._carrier.abort()

    # One command at a time

    @contextmanager
    def _dropping(self) -> Generator[None]:
        """Whatever interrupts a command leaves the dialogue in its middle, and the connection of no use."""
        try:
            yield
        except aioimaplib.CommandTimeout as silence:
            self.drop("the server was silent for too long")
            raise self._lost_error() from silence
        except BaseException:
            self.drop("a command was interrupted")
            raise

    def _begin(self, parts: Iterable[bytes], patience: float) -> Exchange:
        if self.lost:
            raise self._lost_error()
        first, *rest = parts
        tag = self.new_tag()
        name = first.split(None, 1)[0].decode("ascii")
        self._exchange = exchange = Exchange(tag, name, rest, patience)
        log.debug("%s %s", tag, name)  # never more: arguments hold passwords and people's mail
        self._carrier.write(tag.encode("ascii") + b" " + first)
        return exchange

    def _end(self, exchange: Exchange) -> Reply:
        self._exchange = None
        reply = exchange.reply()
        log.debug("%s %s", exchange.tag, reply.result)
        return reply

    async def _idle(self, seconds: float) -> None:
        exchange = self._begin(segments(b"IDLE"), self.patience)
        await exchange.accepted.wait()
        if not exchange.over:
            exchange.be_patient(None)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.news.wait()
        if not exchange.over:
            exchange.be_patient(self.patience)
            self._carrier.write(b"DONE\r\n")
        await exchange.wait()
        reply = self._end(exchange)
        if not reply.ok:
            raise ServerUnavailable(f"The server refuses IDLE: {human_text(reply.text)}", retry_after=reply.pause)

    def _lost_error(self) -> ServerUnavailable:
        # A server that has had enough of us may say so with its BYE.
        return ServerUnavailable(
            f"The IMAP connection is lost: {self._loss or 'it was closed'}.", retry_after=pause_asked(self._loss)
        )

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        _keep_alive(transport.get_extra_info("socket"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.drop(f"{exc}" if exc else "the server closed it")

    def eof_received(self) -> None:
        self.drop("the server closed it")

    def data_received(self, d: bytes) -> None:
        if self._exchange is not None:
            self._exchange.heard()
        try:
            for response in self._reader.feed(d):
                self._received(response)
        except ValueError as error:
            self.drop(f"{error}")

    # What the server says

    def _received(self, response: Response) -> None:
        head = response[0]
        if head.startswith(b"* "):
            self._untagged((head[2:], *response[1:]))
        elif head.startswith(b"+"):
            self._go_on(head[1:].strip())
        elif head:
            self._tagged(head)

    def _untagged(self, response: Response) -> None:
        status = response[0][:8].upper()
        if not self.greeting.done():
            self.greeting.set_result(response[0].decode("utf-8", "replace"))
        if status.startswith(b"BYE"):
            self._farewell(response[0][4:].decode("utf-8", "replace"))
        elif _NEWS.match(response[0]):
            self.news.set()
        if self._exchange is not None:
            self._exchange.responses.append(response)

    def _farewell(self, text: str) -> None:
        if self._exchange is None or self._exchange.name != "LOGOUT":
            self.drop(f"the server said goodbye ({human_text(text)})")

    def _go_on(self, challenge: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        exchange.challenge = challenge.decode("ascii", "replace")
        if exchange.unsent:
            self._carrier.write(exchange.unsent.popleft())
        exchange.accepted.set()

    def _tagged(self, line: bytes) -> None:
        tag, _, answer = line.partition(b" ")
        exchange = self._exchange
        if exchange is None or tag != exchange.tag.encode("ascii"):
            self.drop("the server answered what nobody asked")
            return
        result, _, text = answer.partition(b" ")
        exchange.close(text, result.decode("ascii", "replace").upper())


def _command(line: bytes) -> str:
    """The name of a command, without its arguments."""
    words = line.split(None, 2)
    return b" ".join(words[: 2 if words[0] == b"UID" else 1]).decode("ascii", "replace")


def _keep_alive(connection: socket.socket | None) -> None:
    if connection is None:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if option := getattr(socket, name, None):  # macOS calls the first one otherwise
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
