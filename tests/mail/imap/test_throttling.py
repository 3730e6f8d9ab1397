"""Servers that push back, and more folders to watch than connections."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from mail.errors import AuthenticationFailed, ServerUnavailable
from mail.imap.pool import ImapPool
from mail.imap.session import ImapSession
from mail.mailbox import Mailbox
from mail.watch import FolderWatch
from models.watch import Arrival, Cursor
from tests.mail.imap.scripted import Conversation
from tests.mail.imap.test_pool import MakePool, Play

NO_CONNECTION_MORE = b"* BYE Maximum number of connections from user+IP exceeded"


async def use(pool: ImapPool) -> None:
    async with pool.session() as session:
        await session.folders()


async def refusal(pool: ImapPool) -> ServerUnavailable:
    """How an operation is not done."""
    with pytest.raises(ServerUnavailable) as raised:
        await use(pool)
    return raised.value


async def test_a_throttled_account_is_left_alone(play: Play, make_pool: MakePool) -> None:
    """For as long as the server says; others do not log in only to hear the same."""

    async def script(conversation: Conversation) -> None:
        await conversation.log_in()
        await conversation.answer(b"LIST", result=b"NO [THROTTLED] Suggested Backoff Time: 31206 milliseconds")
        await conversation.silence()

    server = await play(script)
    pool = make_pool(server.settings())
    for _ in range(2):
        assert (await refusal(pool)).retry_after == pytest.approx(31, abs=2)
    assert server.connections == 1


@pytest.mark.parametrize(
    "greeting", [NO_CONNECTION_MORE, b"* OK ready\r\n* BYE [UNAVAILABLE] Server is busy, try again in 20 seconds"]
)
async def test_a_goodbye_at_the_door_is_heard(play: Play, make_pool: MakePool, greeting: bytes) -> None:
    """Dovecot says it so when a user has too many connections."""

    async def script(conversation: Conversation) -> None:
        await conversation.say(greeting)
        await conversation.silence()

    server = await play(script)
    pool = make_pool(server.settings())
    assert 9 < (await refusal(pool)).retry_after <= 20  # type: ignore[operator]
    assert (await refusal(pool)).retry_after
    assert server.connections == 1


async def test_a_wrong_password_is_tried_once_by_watches_and_operations_together(play: Play) -> None:
    """Two hundred watched folders must not lock the account."""

    async def script(conversation: Conversation) -> None:
        await conversation.say(b"* OK ready")
        await conversation.answer(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        await conversation.answer(b"LOGIN", result=b"NO [AUTHENTICATIONFAILED] no")

    async def watch() -> None:
        async with mailbox.own_session():
            pass

    async def operate() -> None:
        async with mailbox.session():
            pass

    server = await play(script)
    mailbox = Mailbox(server.settings(), "soc")
    told = await asyncio.gather(*(watch() for _ in range(200)), *(operate() for _ in range(20)), return_exceptions=True)
    assert {type(one) for one in told} == {AuthenticationFailed}
    assert server.connections == 1
    await mailbox.close()


async def test_watches_have_connections_of_their_own_and_no_more_than_allowed(play: Play) -> None:
    """A third watch waits for its turn; a short operation does not."""

    async def script(conversation: Conversation) -> None:
        await conversation.log_in()
        while True:
            await conversation.answer(b"")

    async def watch() -> ImapSession:
        async with mailbox.own_session() as session:
            return session

    server = await play(script)
    mailbox = Mailbox(server.settings(watch_connections=2), "soc")
    async with mailbox.own_session() as first, mailbox.own_session() as second:
        wanted = [mailbox.own_session_wanted]
        third = asyncio.create_task(watch())
        async with mailbox.session():
            assert server.connections == 3
        assert [*wanted, mailbox.own_session_wanted] == [False, True]
        assert not third.done()
    assert await third in (first, second)
    await mailbox.close()


async def test_more_folders_than_connections_are_watched_in_turn(play: Play) -> None:
    """On one connection, each folder is opened again and again."""

    async def script(conversation: Conversation) -> None:
        await conversation.log_in(b"IMAP4rev1")
        while True:
            command = await conversation.expect(b"")
            data = (b"* 0 EXISTS", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 1] ok")
            await conversation.say(*(data if command.startswith(b"EXAMINE") else (b"* SEARCH",)))
            await conversation.done()

    looks = dict.fromkeys("ABC", 0)
    server = await play(script)
    mailbox = Mailbox(server.settings(watch_connections=1), "soc")
    watches = [asyncio.create_task(_watch(mailbox, folder, looks).run()) for folder in looks]
    async with asyncio.timeout(5):
        while min(looks.values()) < 3:  # noqa: ASYNC110  what is awaited is how often they were told
            await asyncio.sleep(0.01)
    for one in watches:
        one.cancel()
    await asyncio.gather(*watches, return_exceptions=True)
    assert server.connections == 1
    await mailbox.close()


def _watch(mailbox: Mailbox, folder: str, looks: dict[str, int]) -> FolderWatch:
    async def tell(arrivals: Sequence[Arrival]) -> None:
        assert not arrivals

    def looked(_: Cursor) -> None:
        looks[folder] += 1

    since = datetime(2026, 1, 1, tzinfo=UTC)
    return FolderWatch(mailbox, folder, since=since, cursor=None, tell=tell, looked=looked, turn_seconds=0.01)
