"""One part of a message as it is transferred, piece by piece: never whole in memory (RFC 3501 §6.4.5)."""

from collections.abc import AsyncGenerator

from mail.errors import MessageNotFound, ServerUnavailable
from mail.imap.session import ImapSession
from mail.structure import BodyPart

# Large enough that round trips do not count, small enough that many transfers fit into memory.
CHUNK_OCTETS = 512 * 1024
# RFC 5530 §3: somebody else has removed the message, and the server has nothing left to give.
_EXPUNGED = "EXPUNGEISSUED"


async def part_octets(session: ImapSession, uid: int, part: BodyPart) -> AsyncGenerator[bytes, None]:
    """The octets of a part of the open folder's message; MessageNotFound when it goes away meanwhile."""
    offset = 0
    while chunk := await _octets(session, uid, part.section, offset):
        yield chunk
        offset += len(chunk)
        # Announced sizes are guesses on some servers: only a short piece beyond them is surely the last.
        if len(chunk) > CHUNK_OCTETS or (len(chunk) < CHUNK_OCTETS and offset >= part.size):
            return  # more than was asked for: this server knows no pieces and gave all
    if offset < part.size:
        await _require(session, uid, anything_came=offset > 0)


async def _octets(session: ImapSession, uid: int, section: str, offset: int) -> bytes:
    item = f"BODY.PEEK[{section}]<{offset}.{CHUNK_OCTETS}>"
    try:
        fetched = await session.fetch((uid,), (item,))
    except ServerUnavailable as error:
        if error.details.get("code") == _EXPUNGED:
            raise _gone(uid) from None
        raise
    if not fetched:
        raise _gone(uid)
    return fetched[0].sections.get(section.upper(), b"")


async def _require(session: ImapSession, uid: int, *, anything_came: bool) -> None:
    """RFC 2180 §4.1.2: for a message that is gone, a server may answer with nothing at all."""
    await session.noop()
    if not anything_came or not await session.fetch((uid,), ("FLAGS",)):
        raise _gone(uid)


def _gone(uid: int) -> MessageNotFound:
    return MessageNotFound(f"the message with UID {uid} is not there any more")
