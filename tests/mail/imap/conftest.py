"""Servers for the IMAP tests: scripted ones for what no server does on demand, Dovecot for the rest."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from dev.lab import Lab, User
from mail.account import ImapServer
from mail.imap.pool import ImapPool
from mail.imap.session import ImapSession
from tests.mail.imap.scripted import Conversation, Script, ScriptedServer

Play = Callable[[Script], Awaitable[ScriptedServer]]
Open = Callable[[ImapServer], Awaitable[ImapSession]]


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    """Starts servers that follow a script."""
    servers: list[ScriptedServer] = []

    async def start(script: Script) -> ScriptedServer:
        servers.append(await ScriptedServer(script).start())
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def enter() -> AsyncIterator[Open]:
    """Opens sessions and closes them at the end."""
    sessions: list[ImapSession] = []

    async def open_session(server: ImapServer) -> ImapSession:
        sessions.append(await ImapSession.open(server))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.drop()


@pytest.fixture
async def converse(play: Play, enter: Open) -> Callable[[Script], Awaitable[ImapSession]]:
    """A session that has logged in and examined INBOX; the script goes on from there."""

    async def start(script: Script) -> ImapSession:
        async def whole(server: Conversation) -> None:
            await server.log_in()
            await server.examine()
            await script(server)

        session = await enter((await play(whole)).settings(timeout_seconds=1))
        await session.examine("INBOX")
        return session

    return start


@pytest.fixture
def imap_server(lab: Lab, lab_user: User) -> ImapServer:
    """A Dovecot mailbox of this test's own, reached by STARTTLS."""
    server = lab.account(lab_user.name).imap
    assert server is not None
    return server


@pytest.fixture
async def mailbox(imap_server: ImapServer, enter: Open) -> ImapSession:
    """A session in that mailbox."""
    return await enter(imap_server)


@pytest.fixture
async def make_pool() -> AsyncIterator[Callable[..., ImapPool]]:
    """Makes pools and closes them at the end."""
    pools: list[ImapPool] = []

    def make(server: ImapServer, *, idle_seconds: float = 30) -> ImapPool:
        pools.append(ImapPool(server, idle_seconds=idle_seconds))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()
