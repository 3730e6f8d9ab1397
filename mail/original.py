"""The message that a reply or a forward is about: found in one of the folders, read where it lies."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mail.errors import MessageNotFound
from mail.imap.criteria import Header
from mail.imap.response import FetchedMessage
from mail.imap.session import ImapSession
from mail.mailbox import Mailbox
from models.find import Criteria, FindRequest
from models.wait import MessagePointer


@dataclass(frozen=True, slots=True)
class Original:
    """A message in a folder that is open."""

    pointer: MessagePointer
    session: ImapSession
    uid: int

    async def fetch(self, *items: str) -> FetchedMessage:
        """What is asked of the message; MessageNotFound when it is gone."""
        for message in await self.session.fetch((self.uid,), items):
            return message
        raise _gone(self.pointer)


async def find_original(mailbox: Mailbox, message_id: str, folders: Sequence[str]) -> MessagePointer:
    """Where a message lies; the newest of several copies."""
    criteria = Criteria(message_ids=(message_id,))
    result = await mailbox.find(FindRequest(account="", folders=tuple(folders), criteria=criteria, limit=1))
    for one in result.found:
        return one.pointer
    raise MessageNotFound(
        f"no message {message_id} in {', '.join(folders)}",
        message_id=message_id,
        folders=[outcome.model_dump() for outcome in result.folders],
    )


@asynccontextmanager
async def open_original(mailbox: Mailbox, pointer: MessagePointer) -> AsyncGenerator[Original, None]:
    """The message for reading, found again by its id where the folder has numbered its messages anew."""
    async with mailbox.session() as session:
        status = await session.examine(pointer.folder)
        uid = pointer.uid
        if status.uid_validity != pointer.uid_validity:
            uids = await session.search(Header("Message-ID", pointer.message_id)) if pointer.message_id else ()
            uid = max(uids, default=0)
        if not uid:
            raise _gone(pointer)
        yield Original(pointer, session, uid)


def _gone(pointer: MessagePointer) -> MessageNotFound:
    return MessageNotFound(
        f"message {pointer.message_id} is no longer in {pointer.folder}", message_id=pointer.message_id
    )
