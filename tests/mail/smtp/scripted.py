"""An SMTP server that says exactly what a test wants to hear."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from pydantic import SecretStr

from mail.account import SmtpServer

SILENCE = ""  # no reply, ever
HANG_UP = None  # no reply, no connection

USUAL: Mapping[str, str | None] = {
    "connect": "220 scripted.test ESMTP",
    "EHLO": "250-scripted.test\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "body": "",  # read on; HANG_UP leaves in the middle
    ".": "250 ok as 1234",
    "NOOP": "250 ok",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


@dataclass
class Script:
    """Replies by the longest beginning of a line that fits; whatever is heard is kept."""

    replies: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    heard: list[str] = field(default_factory=list[str])
    letters: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0
    port: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._peers: set[asyncio.StreamWriter] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for peer in tuple(self._peers):
            peer.transport.abort()

    def server(self, *, timeout_seconds: float = 5, connections: int = 3) -> SmtpServer:
        """The settings of a client of this server."""
        return SmtpServer(
            host="127.0.0.1",
            port=self.port,
            security="none",
            username="soc",
            password=SecretStr("secret"),
            timeout_seconds=timeout_seconds,
            connections=connections,
        )

    async def until_heard(self, start: str) -> None:
        """Wait for a line that begins so."""
        async with asyncio.timeout(5):
            while not any(line.startswith(start) for line in self.heard):
                self._news.clear()
                await self._news.wait()

    def hang_up(self) -> None:
        """End all connections at once."""
        for peer in tuple(self._peers):
            peer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._peers.add(writer)
        try:
            await self._converse(reader, writer)
        except ConnectionError:
            pass  # the client left first
        finally:
            self._peers.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = "connect"
        while (reply := self._reply(heard)) is not HANG_UP:
            writer.write(f"{reply}\r\n".encode() if reply else b"")
            if heard == "DATA" and (reply or "").startswith("354"):
                heard = await self._letter(reader)
                continue
            line = await reader.readline()
            if not line or heard == "QUIT":
                return
            heard = line.decode().rstrip("\r\n")
            self.heard.append(heard)
            self._news.set()

    async def _letter(self, reader: asyncio.StreamReader) -> str:
        if self._reply("body") is HANG_UP:
            await reader.read(1000)
            return "body"
        lines: list[bytes] = []
        while (line := await reader.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        self.letters.append(b"".join(lines))
        return "."

    def _reply(self, heard: str) -> str | None:
        known = {**USUAL, **self.replies}
        fitting = [start for start in known if heard.startswith(start)]
        return known[max(fitting, key=len)] if fitting else "500 what?"
