"""Each trap of the library that was measured, sprung on purpose by a server that says what real ones say."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import pytest

from mail.errors import ServerUnavailable
from mail.imap.criteria import All
from mail.imap.session import ImapSession
from tests.mail.imap.scripted import Conversation, Script

Converse = Callable[[Script], Awaitable[ImapSession]]
FLAGS = ("FLAGS",)


async def test_thousands_of_lines_in_one_chunk_are_read(converse: Converse) -> None:
    """Trap 1: the library recurses once per line and never returns."""

    async def script(server: Conversation) -> None:
        await server.answer(b"UID FETCH", *(b"* %d FETCH (UID %d FLAGS ())" % (n, n) for n in range(1, 5001)))

    session = await converse(script)
    assert len(await session.fetch(range(1, 5001), FLAGS)) == 5000


@contextmanager
def counted_calls() -> Generator[Counter[str], None, None]:
    """How much is called meanwhile: unlike seconds, the same on any machine."""
    calls = Counter[str]()
    sys.setprofile(lambda _frame, event, _argument: calls.update((event,)))
    try:
        yield calls
    finally:
        sys.setprofile(None)


async def test_many_messages_are_read_in_linear_time(converse: Converse) -> None:
    """Trap 2: the library looks at all lines again for each line."""
    efforts: list[int] = []

    async def script(server: Conversation) -> None:
        for count in (500, 2_000):
            await server.answer(
                b"UID FETCH", *(b"* %d FETCH (UID %d FLAGS (\\Seen))" % (n, n) for n in range(1, count + 1))
            )

    session = await converse(script)
    for count in (500, 2_000):
        with counted_calls() as calls:
            await session.fetch(range(1, count + 1), FLAGS)
        efforts.append(calls.total())
    assert efforts[1] < 5 * efforts[0]  # quadratic would be 16


async def test_commands_of_two_tasks_take_turns(converse: Converse) -> None:
    """Trap 3: the library mixes up commands that overlap."""

    async def script(server: Conversation) -> None:
        for uid in (b"1", b"2", b"3"):
            assert await server.expect(b"UID FETCH") == uid + b" (UID FLAGS)"
            await server.say(b"* 1 FETCH (UID " + uid + b" FLAGS ())")
            await server.done()

    session = await converse(script)
    answers = await asyncio.gather(*(session.fetch([uid], FLAGS) for uid in (1, 2, 3)))
    assert [message.uid for (message,) in answers] == [1, 2, 3]


async def test_silence_ends_in_a_closed_connection(converse: Converse) -> None:
    """Trap 4: after a time-out the library reads the late answer as that of the next command."""
    session = await converse(Conversation.silence)
    with pytest.raises(ServerUnavailable, match="silent"):
        await session.search(All())
    assert session.closed
    with pytest.raises(ServerUnavailable):
        await session.noop()


async def test_cancellation_closes_the_connection(converse: Converse) -> None:
    """Trap 4, from within: a cancelled command leaves nothing that could go on."""
    asked = asyncio.Event()

    async def script(server: Conversation) -> None:
        await server.expect(b"UID SEARCH")
        asked.set()

    session = await converse(script)
    search = asyncio.create_task(session.search(All()))
    await asked.wait()
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    assert session.closed


async def test_waiting_for_ones_turn_can_be_cancelled(converse: Converse) -> None:
    """Who has not begun yet breaks nothing by going."""
    asked, waited = asyncio.Event(), asyncio.Event()

    async def script(server: Conversation) -> None:
        await server.expect(b"UID SEARCH")
        asked.set()
        await waited.wait()
        await server.say(b"* SEARCH 5")
        await server.done()

    session = await converse(script)
    search = asyncio.create_task(session.search(All()))
    await asked.wait()
    impatient = asyncio.create_task(session.noop())
    await asyncio.sleep(0)  # it takes its place in the queue
    impatient.cancel()
    waited.set()
    assert await search == (5,)
    assert not session.closed


@pytest.mark.parametrize("farewell", [(), (b"* BYE Server shutting down.",)])
async def test_a_lost_connection_is_noticed_at_once(converse: Converse, farewell: tuple[bytes, ...]) -> None:
    """Trap 5: the library waits its whole time-out for an answer that cannot come."""

    async def script(server: Conversation) -> None:
        await server.expect(b"UID SEARCH")
        await server.say(*farewell)
        await server.hang_up()

    session = await converse(script)
    began = time.perf_counter()
    with pytest.raises(ServerUnavailable, match="lost"):
        await session.search(All())
    assert time.perf_counter() - began < 10
    assert session.closed


async def test_a_connection_lost_in_idle_is_noticed_at_once(converse: Converse) -> None:
    """Trap 5, in IDLE: the library waits its 29 minutes."""

    async def script(server: Conversation) -> None:
        await server.expect(b"IDLE")
        await server.say(b"+ idling")
        await server.hang_up()

    session = await converse(script)
    for _ in range(2):  # and ever after
        with pytest.raises(ServerUnavailable, match="closed"):
            await asyncio.wait_for(session.idle(600), 20)


async def test_text_keeps_its_asterisks(converse: Converse) -> None:
    """Trap 6: the library deletes every "* " within a line."""

    async def script(server: Conversation) -> None:
        await server.answer(b"LIST", b'* LIST () "/" "** SALE * now"')

    session = await converse(script)
    assert [folder.name for folder in await session.folders()] == ["** SALE * now"]


async def test_an_unbalanced_parenthesis_shifts_nothing(converse: Converse) -> None:
    """Trap 7: the library counts parentheses, those in subjects too."""

    async def script(server: Conversation) -> None:
        await server.answer(
            b"UID FETCH",
            b'* 1 FETCH (UID 1 ENVELOPE (NIL "offer :-( {5}" NIL NIL NIL NIL NIL NIL NIL NIL))',
            b'* 2 FETCH (UID 2 FLAGS (\\Seen) BODYSTRUCTURE ("TEXT" "PLAIN" ((("A" "B")',
            b"* 3 FETCH (UID 3 BODY[1] {3}\r\n((\r FLAGS (\\Seen))",
        )

    session = await converse(script)
    first, second, third = await session.fetch([1, 2, 3], ("ENVELOPE", "BODYSTRUCTURE", "FLAGS", "BODY.PEEK[1]"))
    assert (first.uid, second.flags, second.structure) == (1, frozenset({"\\Seen"}), None)
    assert third.flags == {"\\Seen"}
    assert third.sections == {"1": b"((\r"}


async def test_slow_answers_are_no_silence(converse: Converse) -> None:
    """Patience is for silence: an answer may take longer than the time-out as long as it goes on."""

    async def script(server: Conversation) -> None:
        await server.expect(b"UID SEARCH")
        for uid in range(1, 4):
            await asyncio.sleep(0.4)  # the slowness is what is tested
            await server.say(b"* SEARCH %d" % uid)
        await server.done()

    session = await converse(script)  # whose time-out is 1 s
    assert await session.search(All()) == (1, 2, 3)


async def test_an_answer_nobody_asked_for_closes_the_connection(converse: Converse) -> None:
    """A tag that is not ours means that the dialogue is out of step."""

    async def script(server: Conversation) -> None:
        await server.expect(b"UID SEARCH")
        await server.say(b"X999 OK done")

    session = await converse(script)
    with pytest.raises(ServerUnavailable, match="nobody asked"):
        await session.search(All())
