"""Sessions are few, shared, and given back before anybody pays for their idleness."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from dev.lab import Lab
from mail.account import ImapServer
from mail.errors import AuthenticationFailed, FolderNotFound, ServerUnavailable
from mail.imap.pool import ImapPool
from mail.imap.session import ImapSession
from tests.mail.imap.scripted import Conversation, Script, ScriptedServer

Play = Callable[[Script], Awaitable[ScriptedServer]]
MakePool = Callable[..., ImapPool]

live = pytest.mark.live


async def until(condition: Callable[[], bool], limit: float = 5) -> None:
    """Wait for something that will be so, or fail."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110  # what is awaited happens in another process
            await asyncio.sleep(0.01)


@live
async def test_a_session_is_lent_again(imap_server: ImapServer, make_pool: MakePool) -> None:
    """The second borrower needs no log-in."""
    pool = make_pool(imap_server)
    async with pool.session() as first:
        await first.examine("INBOX")
    async with pool.session() as second:
        assert second is first


@live
async def test_no_more_sessions_than_the_settings_allow(imap_server: ImapServer, make_pool: MakePool, lab: Lab) -> None:
    """Eight tasks share two connections."""
    pool = make_pool(imap_server.model_copy(update={"connections": 2}))
    used: set[ImapSession] = set()

    async def borrow() -> int:
        async with pool.session() as session:
            used.add(session)
            await session.noop()
            return lab.imap_connections(imap_server.username)

    assert max(await asyncio.gather(*(borrow() for _ in range(8)))) <= 2
    assert len(used) == 2


@live
async def test_an_unused_session_is_closed(imap_server: ImapServer, make_pool: MakePool, lab: Lab) -> None:
    """An idle worker holds no connection."""
    pool = make_pool(imap_server, idle_seconds=0.05)
    async with pool.session() as session:
        assert lab.imap_connections(imap_server.username) == 1
    await until(lambda: session.closed)
    await until(lambda: lab.imap_connections(imap_server.username) == 0)


async def test_a_session_closed_by_the_server_is_replaced(play: Play, make_pool: MakePool) -> None:
    """A stale connection is the pool's own trouble."""

    async def script(conversation: Conversation) -> None:
        await conversation.log_in()
        if server.connections == 1:
            await conversation.expect(b"NOOP")
            await conversation.hang_up()
        await conversation.answer(b"NOOP")

    server = await play(script)
    pool = make_pool(server.settings())
    async with pool.session() as first:
        pass
    async with pool.session() as second:
        await second.noop()
    assert first.closed
    assert second is not first


async def test_a_session_that_refuses_to_go_on_is_closed(play: Play, make_pool: MakePool) -> None:
    """A resting session whose NOOP is refused is not leaked."""

    async def script(conversation: Conversation) -> None:
        await conversation.log_in()
        if server.connections == 1:
            await conversation.answer(b"NOOP", result=b"NO not any more")

    server = await play(script)
    pool = make_pool(server.settings())
    async with pool.session() as first:
        pass
    async with pool.session():
        assert first.closed


@live
async def test_a_harmless_error_keeps_the_session(imap_server: ImapServer, make_pool: MakePool) -> None:
    """A folder that does not exist says nothing against the connection."""
    pool = make_pool(imap_server)
    async with pool.session() as first:
        pass
    with pytest.raises(FolderNotFound):
        async with pool.session() as session:
            await session.examine("nowhere")
    assert not first.closed


@live
@pytest.mark.parametrize("error", [ServerUnavailable("x"), asyncio.CancelledError()])
async def test_a_doubtful_session_is_dropped(
    imap_server: ImapServer, make_pool: MakePool, error: BaseException
) -> None:
    """After a failure or a cancellation nobody else gets the connection."""
    pool = make_pool(imap_server)
    async with pool.session() as first:
        pass
    with pytest.raises(type(error)):
        async with pool.session():
            raise error
    assert first.closed


async def test_a_wrong_password_is_tried_once(play: Play, make_pool: MakePool) -> None:
    """Servers lock accounts; the others learn of the refusal without asking."""

    async def script(conversation: Conversation) -> None:
        await conversation.say(b"* OK ready")
        await conversation.answer(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        await conversation.answer(b"LOGIN", result=b"NO [AUTHENTICATIONFAILED] no")

    async def borrow() -> None:
        async with pool.session():
            pass

    server = await play(script)
    pool = make_pool(server.settings())
    outcomes = await asyncio.gather(*(borrow() for _ in range(4)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [AuthenticationFailed] * 4
    assert server.connections == 1


@live
async def test_a_closed_pool_lends_nothing(imap_server: ImapServer, make_pool: MakePool) -> None:
    """Closing says goodbye to resting sessions now and to lent ones when they come back."""
    pool = make_pool(imap_server)
    async with pool.session() as lent:
        async with pool.session() as resting:
            pass
        await pool.close()
        assert (resting.closed, lent.closed) == (True, False)
    assert lent.closed
    with pytest.raises(ServerUnavailable, match="pool"):
        async with pool.session():
            pass
