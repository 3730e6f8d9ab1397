"""Servers with a script, and sessions with them that are closed in the end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from mail.account import SmtpServer
from mail.smtp.session import SmtpSession
from tests.mail.smtp.scripted import Script

Scripted = Callable[[dict[str, str | None]], Awaitable[Script]]
Opened = Callable[[SmtpServer], Awaitable[SmtpSession]]


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """Start a server with these replies instead of the usual ones."""
    async with AsyncExitStack() as running:

        async def start(replies: dict[str, str | None]) -> Script:
            return await running.enter_async_context(Script(replies))

        yield start


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Open a session with a server."""
    async with AsyncExitStack() as running:

        async def open_session(server: SmtpServer) -> SmtpSession:
            session = await SmtpSession.open(server)
            running.push_async_callback(session.close)
            return session

        yield open_session
