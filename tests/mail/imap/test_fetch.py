"""Servers that stumble over one message, and servers that know no UTF-8."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from mail.errors import InvalidContent, ServerUnavailable
from mail.fetch import fetch_each
from mail.imap.session import ImapSession
from mail.mailbox import Mailbox
from mail.search import search
from models.find import Criteria, FindRequest
from tests.mail.imap.conftest import Play
from tests.mail.imap.scripted import Conversation, Script

Converse = Callable[[Script], Awaitable[ImapSession]]


async def test_one_message_that_cannot_be_read_keeps_no_other_back(converse: Converse) -> None:
    """It comes with its UID alone; one that is gone does not come."""

    async def script(server: Conversation) -> None:
        await server.answer(b"UID FETCH 1:4", result=b"NO [SERVERBUG] Internal error")
        await server.answer(b"UID FETCH 1:2", result=b"NO [SERVERBUG] Internal error")
        await server.answer(b"UID FETCH 1 ", b"* 1 FETCH (UID 1 RFC822.SIZE 5)")
        await server.answer(b"UID FETCH 2 ", result=b"NO [SERVERBUG] Internal error")
        await server.answer(b"UID FETCH 3:4", b"* 3 FETCH (UID 4 RFC822.SIZE 7)")

    session = await converse(script)
    messages = await fetch_each(session, (1, 2, 3, 4), ("RFC822.SIZE",))
    assert [(message.uid, message.size) for message in messages] == [(1, 5), (2, None), (4, 7)]


@pytest.mark.parametrize("code", [b"LIMIT", b"THROTTLED", b"UNAVAILABLE"])
async def test_a_server_that_wants_a_rest_is_not_asked_for_each(converse: Converse, code: bytes) -> None:
    """It means us and no message."""

    async def script(server: Conversation) -> None:
        await server.answer(b"UID FETCH 1:4", result=b"NO [%b] later" % code)

    session = await converse(script)
    with pytest.raises(ServerUnavailable):
        await fetch_each(session, (1, 2, 3, 4), ("RFC822.SIZE",))


@pytest.mark.parametrize("refusal", [b"NO [BADCHARSET (US-ASCII)] no", b"NO The specified charset is not supported."])
async def test_a_server_without_utf8_is_no_server_to_ask_again(play: Play, refusal: bytes) -> None:
    """A filter that it cannot read is bad input, with or without the code of RFC 5530."""

    async def script(server: Conversation) -> None:
        await server.log_in()
        await server.examine()
        await server.expect(b"UID SEARCH CHARSET UTF-8")
        await server.done(refusal)

    mailbox = Mailbox((await play(script)).settings(), "soc")
    criteria = Criteria(subject="é", since=datetime.now(UTC))
    with pytest.raises(InvalidContent, match="not ASCII"):
        await search(mailbox, "soc", FindRequest(account="", folders=("INBOX",), criteria=criteria, limit=1))
    await mailbox.close()


async def test_a_message_that_cannot_be_read_is_found_all_the_same(play: Play) -> None:
    """With what was known of it, and a word about the rest."""

    async def script(server: Conversation) -> None:
        await server.log_in()
        await server.examine()
        await server.answer(b"UID SEARCH", b"* SEARCH 1")
        await server.answer(b"UID FETCH 1", b'* 1 FETCH (UID 1 INTERNALDATE "22-Nov-2026 10:00:00 +0000")')
        await server.examine()
        for _ in ("outline", "text"):
            await server.answer(b"UID FETCH 1", result=b"NO [SERVERBUG] Internal error")

    mailbox = Mailbox((await play(script)).settings(), "soc")
    criteria = Criteria(since=datetime(2026, 11, 22, tzinfo=UTC))
    found = await search(mailbox, "soc", FindRequest(account="", folders=("INBOX",), criteria=criteria, limit=1))
    (email,) = found.emails
    assert (email.uid, email.date) == (1, datetime(2026, 11, 22, 10, tzinfo=UTC))
    assert (email.defect or "").startswith("The server cannot read this message")
    await mailbox.close()
