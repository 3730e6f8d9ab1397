"""What a session makes of a server that refuses to move, copy, flag or expunge."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from mail.errors import ServerUnavailable
from mail.find import find_in_folder
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from mail.move import move
from models.change import FolderMark
from models.find import Criteria, FoundMessage
from models.move import MoveRequest
from models.wait import MessagePointer
from tests.mail.imap.scripted import Conversation, Script

Converse = Callable[[Script], Awaitable[ImapSession]]
UIDS = [1, 2]


def request() -> MoveRequest:
    """Two messages of the scripted INBOX that shall go to Archive."""
    targets = tuple(
        FoundMessage(
            pointer=MessagePointer(folder="INBOX", uid_validity=9, uid=uid, message_id=f"<{uid}@lab.test>"),
            subject="x",
            sender="bob@lab.test",
            date=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for uid in UIDS
    )
    return MoveRequest(
        account="", targets=targets, destination=FolderMark(folder="Archive", uid_validity=9, uid_next=3)
    )


async def until_change(server: Conversation) -> None:
    """What comes before the change itself: nothing new in Archive, both messages in INBOX."""
    await server.examine()
    await server.answer(b"UID SEARCH", b"* SEARCH")
    await server.answer(b"SELECT", b"* 2 EXISTS", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 3] ok")
    await present(server, *UIDS)


async def present(server: Conversation, *uids: int) -> None:
    """Say which of the messages are still there."""
    await server.answer(b"UID FETCH 1:2 (UID)", *(b"* %d FETCH (UID %d)" % (uid, uid) for uid in uids))


@pytest.mark.parametrize("answer", [b"NO [INUSE] locked", b"NO [LIMIT] slowly", b"BAD what"])
async def test_not_now_is_tried_again_later(converse: Converse, answer: bytes) -> None:
    """The server would do it at another time: the activity is retried as a whole."""

    async def script(server: Conversation) -> None:
        await server.answer(b"UID MOVE 1:2 ", result=answer)

    session = await converse(script)
    with pytest.raises(ServerUnavailable):
        await session.move(UIDS, "Archive")


async def test_no_is_told_in_the_servers_words(converse: Converse) -> None:
    """Flags and names are quoted; a refusal for good is no exception, for other messages may pass."""

    async def script(server: Conversation) -> None:
        await server.answer(b'UID COPY 1:2 "A \\"b\\""', result=b"NO [OVERQUOTA] Mailbox is full")
        await server.answer(b"UID STORE 1:2 +FLAGS.SILENT (\\Deleted)", result=b"NO")
        await server.answer(b"UID EXPUNGE 1:2")

    session = await converse(script)
    assert await session.copy(UIDS, 'A "b"') == "Mailbox is full"
    assert await session.add_flags(UIDS, ["\\Deleted"])
    assert not await session.expunge(UIDS)


async def test_one_refused_message_does_not_keep_the_other(converse: Converse) -> None:
    """Each is told what became of it."""

    async def script(server: Conversation) -> None:
        await until_change(server)
        await server.answer(b"UID MOVE 1:2 ", result=b"NO one of them is broken")
        await server.answer(b"UID MOVE 1 ")
        await server.answer(b"UID MOVE 2 ", result=b"NO it is broken")
        await present(server, 2)
        await server.examine()

    session = await converse(script)
    session.capabilities = frozenset({"MOVE"})
    assert [(one.kind, one.reason) for one in (await move(session, request())).outcomes] == [
        ("moved", ""),
        ("failed", "it is broken"),
    ]


async def test_ok_is_not_believed_blindly(converse: Converse) -> None:
    """What is still in its folder afterwards was not moved, whatever the server said."""

    async def script(server: Conversation) -> None:
        await until_change(server)
        await server.answer(b"UID MOVE 1:2 ")
        await present(server, 1)
        await server.examine()

    session = await converse(script)
    session.capabilities = frozenset({"MOVE"})
    assert [one.kind for one in (await move(session, request())).outcomes] == ["failed", "moved"]


async def test_a_copy_whose_original_stays_is_told(converse: Converse) -> None:
    """Both halves of the truth: there is a copy, and the original is still there."""

    async def script(server: Conversation) -> None:
        await until_change(server)
        await server.answer(b"UID COPY 1:2 ")
        for uids in (b"1:2", b"1", b"2"):
            await server.answer(b"UID STORE %b " % uids, result=b"NO read-only")
        await server.examine()

    session = await converse(script)
    outcomes = (await move(session, request())).outcomes
    assert {one.kind for one in outcomes} == {"failed"}
    assert all("copied to 'Archive'" in one.reason and "read-only" in one.reason for one in outcomes)


async def test_without_uidplus_nothing_is_expunged(converse: Converse) -> None:
    """A bare EXPUNGE would remove what others have flagged; the originals are left flagged instead."""

    async def script(server: Conversation) -> None:
        await until_change(server)
        await server.answer(b"UID COPY 1:2 ")
        await server.answer(b"UID STORE 1:2 ")
        await server.examine()

    session = await converse(script)
    assert [one.kind for one in (await move(session, request())).outcomes] == ["copied", "copied"]
    await session.close()


async def test_a_connection_lost_in_mid_move_is_tried_again(converse: Converse) -> None:
    """Nobody knows what was moved; the next attempt looks."""

    async def script(server: Conversation) -> None:
        await until_change(server)
        await server.expect(b"UID MOVE")
        await server.hang_up()

    session = await converse(script)
    session.capabilities = frozenset({"MOVE"})
    with pytest.raises(ServerUnavailable):
        await move(session, request())


async def test_an_older_message_is_found_behind_copies_of_a_newer_one(converse: Converse) -> None:
    """Two copies of one id among the newest are as many as two ids; the other is looked for all the same."""

    def header(uid: int, name: bytes) -> bytes:
        field = b"Message-ID: <%b@lab.test>\r\n\r\n" % name
        return b"* %d FETCH (UID %d BODY[HEADER.FIELDS (MESSAGE-ID)] {%d}\r\n%b)" % (uid, uid, len(field), field)

    async def script(server: Conversation) -> None:
        await server.answer(b"UID SEARCH (UID 3000:", b"* SEARCH 4998 4999")
        await server.answer(b"UID FETCH 4998:4999 ", header(4998, b"new"), header(4999, b"new"))
        await server.answer(b"UID SEARCH (UID 1:", b"* SEARCH 7")
        await server.answer(b"UID FETCH 7 ", header(7, b"old"))

    session = await converse(script)
    folder = FolderStatus("INBOX", 9, 5000, 4999)
    found = await find_in_folder(session, folder, Criteria(message_ids=("<new@lab.test>", "<old@lab.test>")))
    assert [one.pointer.uid for one in found] == [4998, 4999, 7]
