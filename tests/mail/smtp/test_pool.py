"""Connections that are lent, rest, and are closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from mail.errors import AuthenticationFailed, MessageRejected, ServerUnavailable
from mail.smtp.pool import SmtpPool
from tests.mail.smtp.conftest import Scripted
from tests.mail.smtp.scripted import Script


@pytest.fixture
async def script(scripted: Scripted) -> Script:
    """A friendly server."""
    return await scripted({})


@pytest.fixture
async def pool(script: Script) -> AsyncIterator[SmtpPool]:
    """At most two connections with it."""
    pool = SmtpPool(script.server(connections=2))
    yield pool
    await pool.close()


@pytest.fixture
async def wary_pool(script: Script) -> AsyncIterator[SmtpPool]:
    """One that asks each connection before it lends it again."""
    pool = SmtpPool(script.server(), trusted_seconds=0)
    yield pool
    await pool.close()


async def use(pool: SmtpPool) -> None:
    async with pool.session() as session:
        await session.noop()


async def test_one_connection_serves_one_after_the_other(pool: SmtpPool, script: Script) -> None:
    """Logging in again for each letter would be wasted time."""
    await use(pool)
    await use(pool)
    assert script.connections == 1


async def test_no_more_connections_than_allowed(pool: SmtpPool, script: Script) -> None:
    """Ten letters at once share two connections."""
    await asyncio.gather(*(use(pool) for _ in range(10)))
    assert script.connections == 2


async def test_whoever_comes_third_waits(pool: SmtpPool) -> None:
    """A place is free when somebody gives it back, not before."""
    async with AsyncExitStack() as lent:
        for _ in range(2):
            await lent.enter_async_context(pool.session())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await use(pool)
    await use(pool)


async def test_a_dead_connection_is_replaced_unnoticed(wary_pool: SmtpPool, script: Script) -> None:
    """Who comes after a server's restart sees nothing of it."""
    pool = wary_pool
    await use(pool)
    script.hang_up()
    await use(pool)
    assert script.connections == 2


async def test_a_rested_connection_is_asked_first(wary_pool: SmtpPool, script: Script) -> None:
    """After a while only an answer proves that the server still listens."""
    for _ in range(2):
        async with wary_pool.session():
            pass
    assert script.heard.count("NOOP") == 1


async def test_an_idle_connection_is_closed(script: Script) -> None:
    """Nobody keeps a server's connection for nothing."""
    pool = SmtpPool(script.server(), idle_seconds=0.01)
    await use(pool)
    await script.until_heard("QUIT")
    await pool.close()


async def test_a_cancelled_user_spoils_the_connection(pool: SmtpPool, script: Script) -> None:
    """Its dialogue may be anywhere, so nobody gets it next."""
    with pytest.raises(asyncio.CancelledError):
        async with pool.session():
            raise asyncio.CancelledError
    await use(pool)
    assert script.connections == 2


async def test_a_refused_letter_spoils_nothing(scripted: Scripted) -> None:
    """A refusal ends a letter, not a connection."""
    script = await scripted({"MAIL": "550 no"})
    pool = SmtpPool(script.server())
    for _ in range(2):
        async with pool.session() as session:
            with pytest.raises(MessageRejected):
                await session.deliver(b"x", "a@x.test", ["b@x.test"], smtputf8=False)
    await pool.close()
    assert script.connections == 1


async def test_a_wrong_password_is_tried_once_for_all(scripted: Scripted) -> None:
    """Ten waiting letters must not lock the account."""
    script = await scripted({"AUTH": "535 wrong"})
    pool = SmtpPool(script.server())
    results = await asyncio.gather(*(use(pool) for _ in range(10)), return_exceptions=True)
    assert {type(result) for result in results} == {AuthenticationFailed}
    assert script.connections == 1


async def test_a_closed_pool_lends_nothing(pool: SmtpPool, script: Script) -> None:
    """Closing waits for the good-byes, and what comes back later is closed too."""
    async with pool.session() as session:
        await pool.close()
    assert session.closed
    assert script.heard[-1] == "QUIT"
    with pytest.raises(ServerUnavailable):
        await use(pool)
