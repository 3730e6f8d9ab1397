"""A mail server that lies: numbers, sizes and lines without end have a name, and nothing waits for them."""

import json
from collections.abc import Awaitable, Callable

import pytest

from mail.account import OAuth
from mail.errors import AuthenticationFailed, ServerUnavailable
from mail.imap import wire
from mail.imap.criteria import All
from mail.imap.response import appended_uid, fetched_messages, folder_status, searched_uids
from mail.imap.session import ImapSession
from mail.imap.wire import Reply, ResponseReader
from mail.oauth import AccessTokens
from tests.attack.web import Answer, serve
from tests.mail.imap.scripted import Conversation, Script
from tests.mail.smtp.conftest import Opened, Scripted

Converse = Callable[[Script], Awaitable[ImapSession]]
# Python refuses to read numbers of more than 4,300 digits.
NUMBER = b"9" * 5_000


def test_numbers_of_thousands_of_digits_are_none() -> None:
    """Wherever the protocol has a number."""
    assert fetched_messages([(b"1 FETCH (UID %b)" % NUMBER,), (b"2 FETCH (UID %b ((" % NUMBER,)]) == {}
    assert searched_uids([(b"SEARCH %b 7" % NUMBER,)]) == (7,)
    told = folder_status("x", [(b"%b EXISTS" % NUMBER,), (b"OK [UIDNEXT %b] x" % NUMBER,), (b"OK [UIDVALIDITY 9] x",)])
    assert (told.exists, told.uid_next, told.uid_validity) == (0, 0, 9)
    assert appended_uid(Reply("OK", f"[APPENDUID 1 {NUMBER.decode()}] x")) is None


@pytest.mark.parametrize("size", [NUMBER, b"%d" % (wire.LARGEST_LITERAL + 1)])
async def test_a_literal_without_end_is_not_waited_for(converse: Converse, size: bytes) -> None:
    """The connection is given up before memory is."""

    async def script(server: Conversation) -> None:
        await server.expect(b"UID FETCH")
        await server.say(b"* 1 FETCH (UID 1 BODY[] {%b}" % size)
        await server.silence()

    session = await converse(script)
    with pytest.raises(ServerUnavailable, match="announces more"):
        await session.fetch((1,), ("BODY.PEEK[]",))
    assert session.closed


def test_a_line_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no end after 64 MiB has none."""
    monkeypatch.setattr(wire, "LONGEST_LINE", 1_000)
    reader = ResponseReader()
    assert list(reader.feed(b"* " + b"x" * 900)) == []
    with pytest.raises(ValueError, match="without end"):
        list(reader.feed(b"x" * 200))


async def test_other_uids_than_those_asked_for_are_no_surprise(converse: Converse) -> None:
    """A server that answers for messages nobody asked about tells of none of them."""

    async def script(server: Conversation) -> None:
        await server.answer(b"UID SEARCH", b"* SEARCH 1 %b x -1 0" % NUMBER)

    assert set(await (await converse(script)).search(All())) <= {0, 1}


async def test_a_size_of_thousands_of_digits_is_no_limit(scripted: Scripted, opened: Opened) -> None:
    """SMTP's SIZE, too, is a number of at most twenty digits (RFC 1870)."""
    script = await scripted({"EHLO": f"250-x\r\n250-SIZE {NUMBER.decode()}\r\n250 AUTH PLAIN"})
    session = await opened(script.server())
    delivery = await session.deliver(b"Subject: x\r\n\r\nHi\r\n", "soc@x.test", ["a@x.test"], smtputf8=False)
    assert delivery.accepted == ("a@x.test",)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, json.dumps({"error_description": "client_secret cl13nt and refresh_token r3fresh are wrong"})),
        Answer(200, "[]"),
        Answer(200, '{"access_token": {"a": 1}}'),
        Answer(200, "<html>log in</html>"),
        Answer(302, "", {"Location": "http://127.0.0.1:1/elsewhere"}),
    ],
    ids=["repeats secrets", "a list", "no text", "a page", "elsewhere"],
)
async def test_a_token_server_that_lies_gives_no_token(answer: Answer) -> None:
    """One sentence, none of our secrets in it, and they are carried nowhere else."""
    async with serve(answer) as url:
        oauth = OAuth.model_validate(
            {"token_url": url, "client_id": "us", "client_secret": "cl13nt", "refresh_token": "r3fresh"}
        )
        with pytest.raises(AuthenticationFailed) as caught:
            await AccessTokens(oauth)()
    assert "cl13nt" not in str(caught.value)
    assert "r3fresh" not in str(caught.value)


async def test_a_strange_lifetime_is_a_short_one() -> None:
    """The token counts all the same."""
    async with serve(Answer(200, '{"access_token": "t0ken", "expires_in": "soon"}')) as url:
        assert await AccessTokens(OAuth(token_url=url, client_id="us"))() == "t0ken"
