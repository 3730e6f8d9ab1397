"""Gmail's folders are labels of one message each; a script plays its part, for want of a mailbox there."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from mail.delete import delete, disposal
from mail.errors import FolderNotFound
from mail.imap.session import ImapSession
from mail.move import destination
from models.delete import DeleteRequest, Disposal
from models.find import FoundMessage
from models.wait import MessagePointer
from tests.mail.imap.scripted import Conversation, Script, ScriptedServer

Play = Callable[[Script], Awaitable[ScriptedServer]]
Open = Callable[..., Awaitable[ImapSession]]
CAPABILITIES = b"IMAP4rev1 IDLE UIDPLUS MOVE LIST-EXTENDED SPECIAL-USE X-GM-EXT-1"
# As a German user has them; the names say nothing, the uses do.
FOLDERS = (
    rb'* LIST (\HasNoChildren) "/" "INBOX"',
    rb'* LIST (\HasChildren \Noselect) "/" "[Gmail]"',
    rb'* LIST (\All \HasNoChildren) "/" "[Gmail]/Alle Nachrichten"',
    rb'* LIST (\HasNoChildren \Sent) "/" "[Gmail]/Gesendet"',
    rb'* LIST (\HasNoChildren \Trash) "/" "[Gmail]/Papierkorb"',
)
TRASH = "[Gmail]/Papierkorb"


@pytest.fixture
async def gmail(play: Play, enter: Open) -> Callable[[Script], Awaitable[ImapSession]]:
    """A session with a server that goes on with this script."""

    async def start(script: Script) -> ImapSession:
        async def whole(server: Conversation) -> None:
            await server.log_in(CAPABILITIES)
            await script(server)

        return await enter((await play(whole)).settings(timeout_seconds=1))

    return start


Gmail = Callable[[Script], Awaitable[ImapSession]]


def message(folder: str) -> FoundMessage:
    """The message with UID 2 there."""
    pointer = MessagePointer(folder=folder, uid=2, uid_validity=9, message_id="<1@x.test>")
    return FoundMessage(pointer=pointer, subject="s", sender="a@x.test", date=datetime(2026, 1, 1, tzinfo=UTC))


async def test_what_is_deleted_goes_to_the_trash(gmail: Gmail) -> None:
    """Removed from its folder it would only lose a label, and stay in All Mail for good."""

    async def script(server: Conversation) -> None:
        await server.answer(b"LIST", *FOLDERS)
        await server.examine()
        await server.examine()
        await server.answer(b"UID SEARCH", b"* SEARCH")
        await server.answer(b"SELECT", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 3] ok")
        await server.answer(b"UID FETCH", b"* 1 FETCH (UID 2)")
        assert await server.answer(b"UID MOVE 2") == b'"[Gmail]/Papierkorb"'
        await server.answer(b"UID FETCH")
        await server.examine()

    session = await gmail(script)
    how = await disposal(session)
    assert (how.expunges, how.trash and how.trash.folder) == (False, TRASH)
    deleted = await delete(session, DeleteRequest(account="soc", targets=(message("INBOX"),), disposal=how))
    assert [outcome.kind for outcome in deleted.outcomes] == ["moved"]


async def test_what_is_deleted_in_the_trash_is_gone(gmail: Gmail) -> None:
    """There, and in Spam, removing does remove."""

    async def script(server: Conversation) -> None:
        await server.answer(b"LIST", *FOLDERS)
        await server.examine()
        await server.answer(b"SELECT", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 3] ok")
        await server.answer(b"UID FETCH", b"* 1 FETCH (UID 2)")
        await server.answer(b"UID STORE 2")
        await server.answer(b"UID EXPUNGE 2", b"* 1 EXPUNGE")
        await server.answer(b"UID FETCH")

    session = await gmail(script)
    how: Disposal = await disposal(session)
    deleted = await delete(session, DeleteRequest(account="soc", targets=(message(TRASH),), disposal=how))
    assert [outcome.kind for outcome in deleted.outcomes] == ["expunged"]


async def test_all_mail_is_its_archive(gmail: Gmail) -> None:
    """Folders are found by what they are for, in every language; a use that none serves is said."""

    async def script(server: Conversation) -> None:
        await server.answer(b"LIST", *FOLDERS)
        assert await server.expect(b"EXAMINE") == b'"[Gmail]/Alle Nachrichten"'
        await server.say(b"* 2 EXISTS", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 3] ok")
        await server.done()
        await server.answer(b"LIST", *FOLDERS)

    session = await gmail(script)
    assert (await destination(session, "\\Archive")).folder == "[Gmail]/Alle Nachrichten"
    with pytest.raises(FolderNotFound, match="serves as"):
        await destination(session, "\\Junk")
