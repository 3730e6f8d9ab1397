"""A second client on the folder: when the server itself says that there is mail (RFC 2177)."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Self

from mail.account import ImapServer


class Push:
    """One plain connection that idles; nothing of ours is measured with it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    @asynccontextmanager
    async def listening(cls, server: ImapServer) -> AsyncGenerator[Self]:
        """Log in to INBOX and idle until the block ends."""
        reader, writer = await asyncio.open_connection(server.host, server.port)
        push = cls(reader, writer)
        try:
            await push._command(f'a LOGIN "{server.username}" "{server.password.get_secret_value()}"', "a OK")
            await push._command("b EXAMINE INBOX", "b OK")
            await push._command("c IDLE", "+")
            yield push
        finally:
            writer.close()
            await writer.wait_closed()

    async def heard(self) -> float:
        """The moment at which the server tells of the next letter, on the clock of `time.perf_counter`."""
        await self._line("EXISTS")
        return time.perf_counter()

    async def _command(self, line: str, answer: str) -> None:
        self._writer.write(f"{line}\r\n".encode())
        await self._line(answer)

    async def _line(self, word: str) -> None:
        while word.encode() not in (line := await self._reader.readline()):
            if not line:
                raise ConnectionError("the server has hung up")
