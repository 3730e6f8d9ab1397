"""What a session promises where real servers cannot be made to misbehave."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mail.errors import FolderNotFound, InvalidContent, MessageRejected, ServerUnavailable
from mail.imap import session as session_module
from mail.imap.criteria import All, Subject
from mail.imap.session import ImapSession
from tests.mail.imap.scripted import Conversation, Script

Converse = Callable[[Script], Awaitable[ImapSession]]


async def test_idle_hears_a_push_and_says_done(converse: Converse) -> None:
    """EXISTS during IDLE ends it, politely; the connection is good for the next command."""

    async def script(server: Conversation) -> None:
        await server.expect(b"IDLE")
        await server.say(b"+ idling", b"* OK Still here", b"* 3 EXISTS")
        assert await server.line() == b"DONE"
        await server.done()
        await server.answer(b"NOOP")

    session = await converse(script)
    assert await session.idle(60)
    await session.noop()


async def test_idle_ends_after_its_time(converse: Converse) -> None:
    """Silence is False, however often the server says that it is still there."""

    async def script(server: Conversation) -> None:
        await server.expect(b"IDLE")
        await server.say(b"+ idling", b"* OK Still here", b"* 1 FETCH (FLAGS (\\Seen))")
        assert await server.line() == b"DONE"
        await server.done()

    session = await converse(script)
    assert not await session.idle(0.05)
    assert not session.closed


async def test_idle_may_last_longer_than_the_patience_for_answers(converse: Converse) -> None:
    """A quiet mailbox is no silent server."""

    async def script(server: Conversation) -> None:
        await server.expect(b"IDLE")
        await server.say(b"+ idling")
        assert await server.line() == b"DONE"
        await server.done()

    session = await converse(script)  # whose time-out is 1 s
    assert not await session.idle(1.1)
    assert not session.closed


async def test_a_push_before_idle_is_not_missed(converse: Converse) -> None:
    """EXISTS that came with another command makes the next IDLE return at once."""

    async def script(server: Conversation) -> None:
        await server.answer(b"UID SEARCH", b"* SEARCH 1 2", b"* 3 EXISTS")

    session = await converse(script)
    assert await session.search(All()) == (1, 2)
    assert await session.idle(60)


async def test_a_push_between_commands_is_not_missed(converse: Converse) -> None:
    """Servers push EXISTS while nobody asks anything."""

    async def script(server: Conversation) -> None:
        await server.answer(b"NOOP")
        await server.say(b"* 3 EXISTS")

    session = await converse(script)
    await session.noop()
    assert await session.idle(60)


async def test_a_cancelled_idle_closes_the_connection(converse: Converse) -> None:
    """Whoever cancels an IDLE leaves no connection that still idles."""
    idling = asyncio.Event()

    async def script(server: Conversation) -> None:
        await server.expect(b"IDLE")
        await server.say(b"+ idling")
        idling.set()

    session = await converse(script)
    idle = asyncio.create_task(session.idle(60))
    await idling.wait()
    idle.cancel()
    with pytest.raises(asyncio.CancelledError):
        await idle
    assert session.closed


async def test_a_server_that_never_starts_to_idle_is_given_up(converse: Converse) -> None:
    """No "+" within the time-out is silence like any other."""
    session = await converse(Conversation.silence)
    with pytest.raises(ServerUnavailable, match="silent"):
        await session.idle(60)


async def test_without_idle_the_server_is_asked(converse: Converse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where IDLE is missing, NOOP finds out."""
    monkeypatch.setattr(session_module, "POLL_SECONDS", 0.01)

    async def script(server: Conversation) -> None:
        await server.answer(b"NOOP")
        await server.answer(b"NOOP", b"* 3 EXISTS")

    session = await converse(script)
    session.capabilities = frozenset({"IMAP4REV1"})
    assert await session.idle(60)


async def test_long_uid_lists_become_several_commands(converse: Converse) -> None:
    """No command line gets longer than servers take."""
    uids = range(1, 2_000, 2)
    lines: list[bytes] = []

    async def script(server: Conversation) -> None:
        while len(lines) < 7:
            lines.append(await server.answer(b"UID FETCH"))

    session = await converse(script)
    assert await session.fetch(uids, ["FLAGS"]) == ()
    assert max(map(len, lines)) < 1_000


async def test_bodies_are_only_peeked_at(converse: Converse) -> None:
    """A forgotten PEEK does not mark mail as read."""

    async def script(server: Conversation) -> None:
        assert await server.answer(b"UID FETCH") == b"1 (UID BODY.PEEK[] BODY.PEEK[1.2]<0.5>)"

    session = await converse(script)
    await session.fetch([1], ["BODY[]", "body[1.2]<0.5>"])


@pytest.mark.parametrize("item", ["FLAGS)\r\nX DELETE a", "BODY[1", 'BODY[HEADER.FIELDS ("X")]', "A B"])
async def test_items_that_are_none_are_refused(converse: Converse, item: str) -> None:
    """Nothing but items gets into a FETCH command."""
    session = await converse(Conversation.silence)
    with pytest.raises(ValueError, match="no item"):
        await session.fetch([1], [item])


async def test_text_beyond_ascii_waits_for_the_server(converse: Converse) -> None:
    """A literal is sent when the server asks for it, with the charset named."""

    async def script(server: Conversation) -> None:
        assert await server.expect(b"UID SEARCH") == b"CHARSET UTF-8 (SUBJECT {3}"
        await server.say(b"+ go on")
        assert await server.octets(3) == "ü!".encode()
        assert await server.line() == b' SUBJECT "b")'
        await server.say(b"* SEARCH 4")
        await server.done()

    session = await converse(script)
    assert await session.search(All((Subject("ü!"), Subject("b")))) == (4,)


async def test_a_charset_the_server_lacks_is_final(converse: Converse) -> None:
    """Asking again would not teach the server UTF-8."""

    async def script(server: Conversation) -> None:
        await server.answer(b"UID SEARCH", result=b"NO [BADCHARSET (US-ASCII)] no")

    session = await converse(script)
    with pytest.raises(InvalidContent, match="not ASCII"):
        await session.search(Subject("ü"))


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (b"NO [NONEXISTENT] none", FolderNotFound),
        (b"NO [NOPERM] not yours", FolderNotFound),
        (b"NO no such mailbox", FolderNotFound),
        (b"NO [UNAVAILABLE] later", ServerUnavailable),
        (b"NO [INUSE] locked", ServerUnavailable),
    ],
)
async def test_a_folder_that_does_not_open(converse: Converse, result: bytes, error: type[Exception]) -> None:
    """Missing is final, busy is not."""

    async def script(server: Conversation) -> None:
        await server.answer(b"SELECT", result=result)

    session = await converse(script)
    with pytest.raises(error):
        await session.select("x")
    assert not session.closed


async def test_a_server_that_hides_uidnext_is_asked(converse: Converse) -> None:
    """The cursor of a watch needs it."""

    async def script(server: Conversation) -> None:
        await server.answer(b"EXAMINE", b"* 2 EXISTS", b"* OK [UIDVALIDITY 9] ok")
        await server.answer(b"UID SEARCH UID *", b"* SEARCH 41")

    session = await converse(script)
    assert (await session.examine("x")).uid_next == 42


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (b"NO [TRYCREATE] none", FolderNotFound),
        (b"NO [OVERQUOTA] full", MessageRejected),
        (b"NO later", ServerUnavailable),
    ],
)
async def test_a_message_that_is_not_filed(converse: Converse, result: bytes, error: type[Exception]) -> None:
    """A refusal before the literal is understood, and the literal is never sent."""

    async def script(server: Conversation) -> None:
        await server.answer(b"APPEND", result=result)
        await server.answer(b"NOOP")

    session = await converse(script)
    with pytest.raises(error):
        await session.append("Sent", b"raw")
    await session.noop()


async def test_goodbye_takes_no_longer_than_it_is_worth(converse: Converse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer LOGOUT keeps nobody waiting, and nothing is raised."""
    monkeypatch.setattr(session_module, "LOGOUT_SECONDS", 0.05)
    session = await converse(Conversation.silence)
    await asyncio.wait_for(session.close(), 5)
    assert session.closed
    await session.close()
