"""A mailbox of which every message, flag and octet can be compared before and after."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

from mail.find import find_in_folder
from mail.imap.criteria import All
from mail.imap.session import ImapSession
from models.find import Criteria, FoundMessage

# UID, flags, digest of the octets.
Entry = tuple[int, frozenset[str], str]
Census = dict[str, frozenset[Entry]]
DATE = datetime(2026, 3, 5, 8, tzinfo=UTC)


def letter(name: str, *, message_id: bool = True) -> bytes:
    """A letter whose subject is that name; so is its Message-ID, less the spaces."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "bob@lab.test", "soc@lab.test", name
    if message_id:
        made["Message-ID"] = f"<{name.replace(' ', '')}@lab.test>"
    made.set_content(f"This is {name}.")
    return made.as_bytes().replace(b"\n", b"\r\n")


@dataclass(frozen=True)
class Shelf:
    """The mailbox of one test; `session` is for the code under test."""

    session: ImapSession
    onlooker: ImapSession

    async def put(self, folder: str, *names: str, flags: Iterable[str] = (), message_id: bool = True) -> None:
        """Put letters into a folder."""
        for name in names:
            await self.onlooker.append(folder, letter(name, message_id=message_id), flags=flags, date=DATE)

    async def find(self, folder: str, *names: str) -> tuple[FoundMessage, ...]:
        """The letters of these names, as an action finds them."""
        status = await self.onlooker.examine(folder)
        found = await find_in_folder(self.onlooker, status, Criteria())
        return tuple(sorted((one for one in found if one.subject in names), key=lambda one: one.pointer.uid))

    async def census(self) -> Census:
        """All there is in all folders."""
        return {folder.name: await self._entries(folder.name) for folder in await self.onlooker.folders()}

    async def _entries(self, folder: str) -> frozenset[Entry]:
        await self.onlooker.examine(folder)
        messages = await self.onlooker.fetch(await self.onlooker.search(All()), ("FLAGS", "BODY[]"))
        return frozenset(
            (one.uid, one.flags - {"\\Recent"}, hashlib.sha256(one.sections[""]).hexdigest()) for one in messages
        )


def contents(entries: Iterable[Entry]) -> set[tuple[frozenset[str], str]]:
    """Flags and octets, whatever the UIDs."""
    return {entry[1:] for entry in entries}


def without(entries: Iterable[Entry], uids: Iterable[int]) -> frozenset[Entry]:
    """The entries but those of these UIDs."""
    return frozenset(entry for entry in entries if entry[0] not in set(uids))
