"""An IMAP server that says exactly what a test tells it to, byte by byte."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from pydantic import SecretStr

from mail.account import ImapServer


class Conversation:
    """The server's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.tag = b""

    async def line(self) -> bytes:
        """The next line of the client; fails when there is none."""
        return (await self._reader.readuntil(b"\r\n"))[:-2]

    async def octets(self, count: int) -> bytes:
        return await self._reader.readexactly(count)

    async def expect(self, command: bytes) -> bytes:
        """Read a command that begins so; the rest of its line."""
        self.tag, _, line = (await self.line()).partition(b" ")
        assert line.startswith(command), f"{line!r} is not {command!r}"
        return line[len(command) :].lstrip()

    async def say(self, *lines: bytes) -> None:
        """All lines in one write."""
        await self.write(b"".join(line + b"\r\n" for line in lines))

    async def write(self, octets: bytes) -> None:
        self._writer.write(octets)
        await self._writer.drain()

    async def done(self, result: bytes = b"OK done") -> None:
        await self.say(self.tag + b" " + result)

    async def answer(self, command: bytes, *lines: bytes, result: bytes = b"OK done") -> bytes:
        """Read a command and answer it at once."""
        rest = await self.expect(command)
        await self.say(*lines, self.tag + b" " + result)
        return rest

    async def log_in(self, capabilities: bytes = b"IMAP4rev1 IDLE") -> None:
        await self.say(b"* OK Scripted ready.")
        await self.answer(b"CAPABILITY", b"* CAPABILITY " + capabilities)
        await self.answer(b"LOGIN")
        await self.answer(b"CAPABILITY", b"* CAPABILITY " + capabilities)

    async def examine(self) -> None:
        lines = (b"* 2 EXISTS", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 3] ok")
        await self.answer(b"EXAMINE", *lines)

    async def silence(self) -> None:
        """Say nothing until the client goes."""
        await self._reader.read()

    async def part(self) -> None:
        """The client may say goodbye now, or just go; anything else is not in the script."""
        await self.answer(b"LOGOUT", b"* BYE")
        await self.silence()

    async def hang_up(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


Script = Callable[[Conversation], Awaitable[None]]


class ScriptedServer:
    """Plays one script for every connection; what goes wrong in a script fails the test."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._playing: set[asyncio.Task[None]] = set()
        self.failures: list[Exception] = []
        self.connections = 0

    async def start(self, tls: ssl.SSLContext | None = None) -> Self:
        self._server = await asyncio.start_server(self._play, "127.0.0.1", 0, ssl=tls)
        return self

    def settings(self, *, timeout_seconds: float = 5, **changes: object) -> ImapServer:
        port = self._server.sockets[0].getsockname()[1]
        given: dict[str, object] = {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "username": "ann",
            "password": SecretStr("s3cret"),
            "timeout_seconds": timeout_seconds,
        }
        return ImapServer.model_validate(given | changes)

    async def stop(self) -> None:
        self._server.close()
        for task in tuple(self._playing):
            task.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)
        assert not self.failures, self.failures

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._playing.add(task)
        conversation = Conversation(reader, writer)
        try:
            await self._script(conversation)
            await conversation.part()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went, as many a test wants
        except Exception as failure:  # noqa: BLE001  # raised again where the test ends
            self.failures.append(failure)
        finally:
            self._playing.discard(task)
            writer.transport.abort()
