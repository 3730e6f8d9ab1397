"""A token server that says exactly what a test wants."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """One HTTP answer to whatever is asked."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def __bytes__(self) -> bytes:
        fields = {"Content-Length": str(len(self.body.encode())), "Connection": "close", **self.headers}
        lines = (f"HTTP/1.1 {self.status} x", *(f"{name}: {value}" for name, value in fields.items()))
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()


@asynccontextmanager
async def serve(answer: Answer) -> AsyncGenerator[str, None]:
    """Serve this answer; its URL."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(bytes(answer))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
