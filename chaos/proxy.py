"""A TCP proxy that looks at what passes, and breaks it at the byte it was told to."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

HOST = "127.0.0.1"
# As much of what has passed is looked at again, so that what comes in two pieces is recognised.
_OVERLAP = 256
_CHUNK = 64 * 1024
_IDLE = re.compile(rb" IDLE\r\n\Z")
# Who is being let in as the door closes takes some rounds of the loop to be seen.
_ACCEPT_SECONDS = 0.02


@dataclass(frozen=True)
class Trap:
    """What springs once, at the first octets that match; the group `here`, or else all of them, is what it changes."""

    name: str
    pattern: re.Pattern[bytes]
    from_server: bool = True
    passes: float = 0.0  # how much of it still arrives: 0 nothing, 1 all
    says: bytes = b""  # what comes instead of the rest; \g<…> stands for what has matched
    lasting: bool = False  # the connection lives on
    sprung: Callable[[], object] | None = None  # what happens besides, at that very moment

    def change(self, passed: bytes, chunk: bytes) -> bytes | None:
        """What comes instead of the chunk after what has passed; None = nothing in it matches."""
        octets = passed + chunk
        found = next((one for one in self.pattern.finditer(octets) if one.end() > len(passed)), None)
        if found is None:
            return None
        start, end = found.span("here" if "here" in self.pattern.groupindex else 0)
        cut = max(len(passed), start + int(self.passes * (end - start)))
        rest = octets[max(cut, end) :] if self.lasting else b""
        return octets[len(passed) : cut] + found.expand(self.says) + rest


class Proxy:
    """Everything between a worker and one of its servers."""

    port: int

    def __init__(self, port: int) -> None:
        self.sprung: Counter[str] = Counter()
        self._target = port
        self._traps: list[Trap] = []
        self._refusals: list[bytes] = []
        self._silent = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: set[asyncio.StreamWriter] = set()  # to the server

    @classmethod
    @asynccontextmanager
    async def running(cls, port: int) -> AsyncGenerator["Proxy", None]:
        """A proxy before this port of ours."""
        proxy = cls(port)
        server = await asyncio.start_server(proxy._serve, HOST, 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            await asyncio.sleep(_ACCEPT_SECONDS)
            for task in tuple(proxy._tasks):
                task.cancel()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)

    @property
    def listeners(self) -> int:
        """How many clients are in IDLE."""
        return len(self._listening)

    def set(self, trap: Trap) -> None:
        """Wait for what the trap is for."""
        self._traps.append(trap)

    def is_set(self, trap: Trap) -> bool:
        """Whether it has not sprung yet."""
        return trap in self._traps

    def take_away(self, trap: Trap) -> bool:
        """Do not wait any longer; whether it was still set."""
        if trap not in self._traps:
            return False
        self._traps.remove(trap)
        return True

    def calm(self) -> None:
        """Let everything pass from now on."""
        self._traps.clear()
        self._refusals.clear()

    def turn_away(self, words: bytes) -> None:
        """Say this to the next client, and hang up."""
        self._refusals.append(words)

    def cut_listener(self, name: str) -> bool:
        """Hang up on somebody who is in IDLE; whether there was anybody."""
        if not self._listening:
            return False
        self._listening.pop().transport.abort()
        self.sprung[name] += 1
        return True

    def fall_silent(self) -> None:
        """Swallow all that passes on the connections of now, as a middlebox does that has forgotten them."""
        self._silent.set()
        self._silent = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a callback of start_server runs as one
        self._tasks.add(task)
        try:
            await self._connect(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # one of both sides has gone, which is what this is all about
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusals:
            writer.write(self._refusals.pop())
            writer.close()
            await writer.wait_closed()
            return
        behind, before = await asyncio.open_connection(HOST, self._target)
        silent = self._silent
        pumps = [
            asyncio.create_task(self._pump(reader, before, silent, from_server=False)),
            asyncio.create_task(self._pump(behind, writer, silent, from_server=True)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._listening.discard(before)
            before.transport.abort()
            # What was let through still arrives.
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, silent: asyncio.Event, *, from_server: bool
    ) -> None:
        passed = b""
        while chunk := await source.read(_CHUNK):
            if silent.is_set():
                continue
            if not from_server:
                (self._listening.add if _IDLE.search(chunk) else self._listening.discard)(sink)
            trap, octets = self._trapped(passed, chunk, from_server=from_server)
            sink.write(octets)
            await sink.drain()
            if trap and not trap.lasting:
                return
            passed = (passed + chunk)[-_OVERLAP:]

    def _trapped(self, passed: bytes, chunk: bytes, *, from_server: bool) -> tuple[Trap | None, bytes]:
        """The trap that springs, and what passes."""
        for trap in [one for one in self._traps if one.from_server is from_server]:
            octets = trap.change(passed, chunk)
            if octets is not None:
                self._traps.remove(trap)
                self.sprung[trap.name] += 1
                if trap.sprung:
                    trap.sprung()
                return trap, octets
        return None, chunk
