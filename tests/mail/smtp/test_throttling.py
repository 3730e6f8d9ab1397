"""Servers that push back, refuse further connections, or hang: what an account costs them and its neighbours."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from mail.account import Account
from mail.errors import MailError, ServerUnavailable
from mail.outbox import Outbox
from mail.pool import WAITING
from mail.smtp.pool import SmtpPool
from models.send import Delivery
from tests.mail.smtp.conftest import Scripted
from tests.mail.smtp.scripted import HANG_UP, SILENCE, Script
from tests.mail.test_outbox import LETTER

ENOUGH = "421 4.7.0 too many connections"
MakeOutbox = Callable[..., Outbox]


@pytest.fixture
async def outbox_of() -> AsyncIterator[MakeOutbox]:
    """Makes outboxes for servers and closes their connections in the end."""
    async with AsyncExitStack() as running:

        def make(script: Script, *, per_minute: int | None = None, timeout_seconds: float = 5) -> Outbox:
            server = script.server(timeout_seconds=timeout_seconds)
            server = server.model_copy(update={"messages_per_minute": per_minute})
            pool = SmtpPool(server, idle_seconds=0.01)
            running.push_async_callback(pool.close)
            return Outbox(Account(address="soc@x.example", smtp=server), pool)

        yield make


def deliver(outbox: Outbox) -> Awaitable[Delivery]:
    return outbox.deliver(LETTER, LETTER.to, envelope_sender="soc@x.example")


async def refusal(outbox: Outbox) -> ServerUnavailable:
    """How a letter is not taken."""
    with pytest.raises(ServerUnavailable) as raised:
        await deliver(outbox)
    return raised.value


async def outcomes(outbox: Outbox, letters: int) -> list[type[object]]:
    """What becomes of so many letters at once."""
    told = await asyncio.gather(*(deliver(outbox) for _ in range(letters)), return_exceptions=True)
    return [type(one) for one in told]


def is_crowded(outbox: Outbox) -> bool:
    """Whether the next letter would be refused."""
    try:
        outbox.refuse_early()
    except ServerUnavailable:
        return True
    return False


@pytest.mark.parametrize("step", ["connect", "AUTH", "MAIL", "DATA", "."])
async def test_a_server_that_pushes_back_is_left_alone(scripted: Scripted, outbox_of: MakeOutbox, step: str) -> None:
    """The next letter does not even reach it, and is told when it may."""
    script = await scripted({step: "451 4.7.0 Too many messages, try again in 2 minutes"})
    outbox = outbox_of(script)
    first, connections = await refusal(outbox), script.connections
    second = await refusal(outbox)
    assert first.retry_after == pytest.approx(120, abs=5)
    assert second.retry_after == pytest.approx(120, abs=5)
    assert "Too many messages" in second.message
    assert script.connections == connections == 1


async def test_a_rate_limit_told_at_rcpt_slows_the_account(scripted: Scripted, outbox_of: MakeOutbox) -> None:
    """The recipient is deferred as ever; other letters wait."""
    outbox = outbox_of(await scripted({"RCPT": "450 4.7.1 Error: too much mail from 192.0.2.1"}))
    assert (await deliver(outbox)).deferred
    assert (await refusal(outbox)).retry_after == pytest.approx(10, abs=1)


async def test_greylisting_slows_nobody(scripted: Scripted, outbox_of: MakeOutbox) -> None:
    """It is about one recipient who is new."""
    outbox = outbox_of(await scripted({"RCPT": "450 4.7.1 Greylisted, try again in 300 seconds"}))
    assert (await deliver(outbox)).deferred
    assert (await deliver(outbox)).deferred


async def test_a_server_that_admits_no_more_connections_serves_those_it_has(scripted: Scripted) -> None:
    """The second is refused and asked for no more; the first works on."""
    script = await scripted({})
    pool = SmtpPool(script.server())
    async with pool.session() as first:
        script.replies = {"connect": ENOUGH}
        for _ in range(2):
            with pytest.raises(ServerUnavailable, match="too many"):
                async with pool.session():
                    pass
        await first.noop()
    async with pool.session() as again:
        assert again is first
    assert script.connections == 2
    await pool.close()


async def test_a_lost_connection_is_no_push_back(scripted: Scripted, outbox_of: MakeOutbox) -> None:
    """A server that restarts is tried again as soon as the caller likes."""
    script = await scripted({"MAIL": "421 shutting down"})
    outbox = outbox_of(script)
    assert (await refusal(outbox)).retry_after is None
    script.replies = {}
    assert (await deliver(outbox)).accepted


async def test_a_server_that_hangs_is_found_out_by_one(scripted: Scripted, outbox_of: MakeOutbox) -> None:
    """Those who stood at the door hear of it without waiting as long themselves."""
    script = await scripted({"connect": SILENCE})
    outbox = outbox_of(script, timeout_seconds=0.2)
    assert set(await outcomes(outbox, 20)) == {ServerUnavailable}
    assert script.connections == 1


async def test_a_server_that_hung_is_tried_by_one_at_a_time(
    scripted: Scripted, outbox_of: MakeOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody tries, nobody else waits for long; once it is back, all are served."""
    monkeypatch.setattr("mail.entrance.DOUBT_SECONDS", 0.05)
    script = await scripted({"connect": HANG_UP})
    outbox = outbox_of(script)
    await refusal(outbox)
    script.replies = {"connect": SILENCE}
    trying = asyncio.ensure_future(deliver(outbox))
    assert set(await outcomes(outbox, 20)) == {ServerUnavailable}
    assert (trying.done(), script.connections) == (False, 2)
    script.hang_up()
    await asyncio.gather(trying, return_exceptions=True)
    script.replies = {}
    assert set(await outcomes(outbox, 20)) == {Delivery}


async def test_a_crowd_is_told_to_come_back(scripted: Scripted, outbox_of: MakeOutbox) -> None:
    """So many wait; the others are told when, one after the other, so that the worker's places stay free."""
    outbox = outbox_of(await scripted({"connect": SILENCE}), timeout_seconds=30)
    waiting = [asyncio.ensure_future(deliver(outbox)) for _ in range(3 + WAITING)]
    async with asyncio.timeout(5):
        while not is_crowded(outbox):  # noqa: ASYNC110  composing happens in threads
            await asyncio.sleep(0.01)
    told = [(await refusal(outbox)).retry_after or 0 for _ in range(3)]
    assert told == sorted(told)
    assert 1 <= told[0] < told[-1] < 5
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_letter_waits_for_its_turn_without_a_connection(scripted: Scripted, outbox_of: MakeOutbox) -> None:
    """What the settings allow a minute goes out; the rest is told when to come back."""
    script = await scripted({})
    outbox = outbox_of(script, per_minute=2)
    assert sorted(one.__name__ for one in await outcomes(outbox, 4)) == ["Delivery"] * 2 + ["ServerUnavailable"] * 2
    assert len(script.letters) == 2
    connections = script.connections
    assert (await refusal(outbox)).retry_after == pytest.approx(120, abs=2)
    assert script.connections == connections


async def test_one_account_does_not_slow_another(scripted: Scripted, outbox_of: MakeOutbox) -> None:
    """While one is left alone and the other's server hangs, the third sends as ever."""
    throttled = outbox_of(await scripted({"MAIL": "451 4.7.0 too many"}))
    hanging = outbox_of(await scripted({"connect": SILENCE}), timeout_seconds=30)
    well = outbox_of(await scripted({}))
    stuck = asyncio.ensure_future(deliver(hanging))
    await refusal(throttled)
    assert await outcomes(well, 20) == [Delivery] * 20
    assert not stuck.done()
    stuck.cancel()
    with pytest.raises((MailError, asyncio.CancelledError)):
        await stuck
