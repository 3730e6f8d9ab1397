"""One part of a message, piece by piece, from servers of every habit."""

import hashlib
from collections.abc import Awaitable, Callable

import pytest

from mail.errors import MessageNotFound, ServerUnavailable
from mail.imap.session import ImapSession
from mail.part_stream import CHUNK_OCTETS, part_octets
from mail.structure import BodyPart
from tests.mail.imap.scripted import Conversation, Script

Converse = Callable[[Script], Awaitable[ImapSession]]


async def transferred(session: ImapSession, size: int) -> bytes:
    """All octets of part 2, said to have that size."""
    part = BodyPart(section="2", content_type="application/pdf", size=size)
    return b"".join([piece async for piece in part_octets(session, 7, part)])


def serving(content: bytes, *, most: int = CHUNK_OCTETS, after: bytes = b"") -> Script:
    """A server that gives no more than `most` octets at a time, and after the last ones says something else."""

    async def script(server: Conversation) -> None:
        for start in range(0, len(content), most):
            rest = await server.expect(b"UID FETCH 7 (UID BODY.PEEK[2]")
            assert rest == b"<%d.%d>)" % (start, CHUNK_OCTETS)
            piece = content[start : start + most]
            await server.write(b"* 1 FETCH (UID 7 BODY[2]<%d> {%d}\r\n%b)\r\n" % (start, len(piece), piece))
            await server.done()
        if after:
            await server.answer(b"UID FETCH 7", result=after)

    return script


@pytest.mark.parametrize("size", [10, 100, 1_000_000])
async def test_announced_sizes_are_guesses(converse: Converse, size: int) -> None:
    """What the server gives is the part, be it more or less than it said."""
    content = b"x" * 100

    async def script(server: Conversation) -> None:
        await serving(content)(server)
        if size > len(content):
            await server.answer(b"UID FETCH 7", b'* 1 FETCH (UID 7 BODY[2]<100> "")')
            await server.answer(b"NOOP")
            await server.answer(b"UID FETCH 7", b"* 1 FETCH (UID 7 FLAGS ())")

    assert await transferred(await converse(script), size) == content


async def test_a_server_of_small_pieces_is_asked_on(converse: Converse) -> None:
    """It gives a hundred octets where half a million were asked for."""
    content = hashlib.sha256(b"").digest() * 32
    assert await transferred(await converse(serving(content, most=100)), len(content)) == content


async def test_a_server_without_pieces_is_asked_once(converse: Converse) -> None:
    """It gives all at once; asking on would give it again."""
    content = b"y" * (CHUNK_OCTETS + 1)
    assert await transferred(await converse(serving(content, most=len(content))), len(content)) == content


@pytest.mark.parametrize("answer", [b"OK nothing", b"NO [EXPUNGEISSUED] gone"])
async def test_a_message_deleted_half_way_is_gone(converse: Converse, answer: bytes) -> None:
    """What has come so far is not taken for the whole."""
    session = await converse(serving(b"x" * 100, after=answer))
    with pytest.raises(MessageNotFound, match="UID 7"):
        await transferred(session, 200)


@pytest.mark.parametrize("present", [True, False])
async def test_nothing_at_all_is_no_file(converse: Converse, *, present: bool) -> None:
    """RFC 2180: a deleted message may look like an empty one; a part of octets that are not given is not had."""

    async def script(server: Conversation) -> None:
        if present:
            await server.answer(b"UID FETCH 7", b"* 1 FETCH (UID 7 BODY[2]<0> NIL)")
        else:
            await serving(b"x" * 100)(server)
            await server.answer(b"UID FETCH 7", b"* 1 FETCH (UID 7 BODY[2]<100> NIL)")
        await server.answer(b"NOOP", b"* 1 EXPUNGE")
        if not present:
            await server.answer(b"UID FETCH 7")

    with pytest.raises(MessageNotFound):
        await transferred(await converse(script), 200)


async def test_a_server_that_fails_for_now_is_asked_another_time(converse: Converse) -> None:
    """That is no deletion."""
    session = await converse(serving(b"x" * 100, after=b"NO [SERVERBUG] later"))
    with pytest.raises(ServerUnavailable):
        await transferred(session, 200)
