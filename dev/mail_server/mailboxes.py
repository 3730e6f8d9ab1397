"""The mailboxes and their IMAP entrance: pymap's in-memory backend."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import ContentDispositionHeader
from typing import Any
from uuid import uuid4

import pymap.parsing.response.fetch as fetch_response
from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.mailbox import MailboxData, Message
from pymap.concurrent import Event
from pymap.imap import IMAPServer
from pymap.interfaces.login import IdentityInterface
from pymap.parsing.message import AppendMessage
from pymap.parsing.primitives import List, String
from pymap.parsing.specials.flag import Flag
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from dev.certificates import Certificates
from dev.mail_server.state import Folder, Letter

FOLDERS = ("Sent", "Drafts", "Trash", "Junk", "Archive")


class Disposition(String):
    """A Content-Disposition as a list of kind and parameters (RFC 3501, 7.4.2); pymap writes one string."""

    @classmethod
    def build(cls, value: Any, *rest: Any, **options: Any) -> Any:
        """The IMAP form of a value."""
        if not isinstance(value, ContentDispositionHeader):
            return String.build(value, *rest, **options)
        parameters = [String.build(word) for pair in value.params.items() for word in pair]
        return List([String.build(value.content_disposition), List(parameters)])


_wait_for_change = MailboxData.update_selected


async def _changes(box: MailboxData, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
    """What a client has not been told yet; pymap waits for the next change even when there has been one."""
    untold = selected.mod_sequence != box._mod_sequences.highest  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return await _wait_for_change(box, selected, wait_on=None if untold else wait_on)


# Without it a letter that comes between a command and IDLE is announced with the letter after it.
MailboxData.update_selected = _changes  # type: ignore[assignment, method-assign]  # mypy sees self twice

fetch_response.String = Disposition  # type: ignore[attr-defined]  # the name BODYSTRUCTURE is built with


class Accounts(Login):
    """Logs in `bob` and `bob@lab.test` as the same person."""

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> Identity:
        """The mailbox owner behind a login name."""
        identity = await super().authorize(authenticated, authzid)
        return Identity(identity.name.partition("@")[0], self, None, identity.roles)


class Mailboxes:
    """The folders of all users."""

    def __init__(self, users: Mapping[str, str], domain: str, certificates: Certificates | None) -> None:
        self._users = tuple(users)
        self._config = _config(certificates)
        self._accounts = Accounts(self._config)
        self._server = IMAPServer(self._accounts, self._config)
        self._connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}
        for name, password in users.items():
            for login in (name, f"{name}@{domain}"):
                self._accounts.users_dict[login] = UserMetadata(self._config, login, password=password)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak IMAP with one client."""
        # pymap's own way in leaves a task that Python 3.13 collects during IDLE; the dict holds ours.
        if (task := asyncio.current_task()) is not None:
            self._connections[task] = writer
            task.add_done_callback(self._connections.pop)
        peer = SocketInfo.get(writer, ProxyResultLocal(), unique_id=uuid4().bytes)
        await self._server(reader, writer, peer)

    async def hang_up(self) -> None:
        """Drop all clients."""
        connections = dict(self._connections)
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        for writer in connections.values():
            await _end(writer)

    async def create(self, user: str, folders: Iterable[str]) -> None:
        """Create those of the folders that the user lacks."""
        async with self._identity(user).new_session() as session:
            existing = {entry.name for entry in (await session.mailbox_set.list_mailboxes()).list()}
            for name in folders:
                if name not in existing:
                    await session.mailbox_set.add_mailbox(name)

    async def deliver(self, user: str, raw: bytes, folder: str) -> None:
        """Put a letter into a folder; who idles there hears of it."""
        await self.create(user, [folder])
        box = await self._box(user, folder)
        await box.append(AppendMessage(raw, datetime.now(UTC)), recent=True)

    async def messages(self, user: str, folder: str) -> list[bytes]:
        """The letters in a folder, oldest first."""
        box = await self._box(user, folder)
        return [_raw(message) async for message in box.messages()]

    async def snapshot(self) -> list[Folder]:
        """All folders as they are now."""
        return [await _folder(user, name, box) async for user, name, box in self._boxes()]

    async def restore(self, folders: Iterable[Folder]) -> None:
        """Fill the folders, with the UIDs the letters had."""
        for folder in folders:
            if folder.user in self._users:
                await self.create(folder.user, [folder.name])
                await _fill(await self._box(folder.user, folder.name), folder)

    async def furnish(self) -> None:
        """Give every user the usual folders."""
        for user in self._users:
            await self.create(user, FOLDERS)

    def _identity(self, user: str) -> Identity:
        return Identity(user, self._accounts, None, frozenset())

    async def _box(self, user: str, folder: str) -> MailboxData:
        async with self._identity(user).new_session() as session:
            return await session.mailbox_set.get_mailbox(folder)

    async def _boxes(self) -> AsyncIterator[tuple[str, str, MailboxData]]:
        for user in self._users:
            async with self._identity(user).new_session() as session:
                for entry in (await session.mailbox_set.list_mailboxes()).list():
                    if entry.exists:
                        yield user, entry.name, await session.mailbox_set.get_mailbox(entry.name)


def _config(certificates: Certificates | None) -> Config:
    tls = certificates.server_context() if certificates else None
    arguments = Namespace(
        host=None,
        port=0,
        debug=False,
        cert=None,
        key=None,
        tls=tls is not None,
        passlib_cfg=None,
        proxy_protocol=None,
        demo_data=False,
        demo_user="",
        demo_password="",
    )
    # pymap's own hashing takes 124 ms for each login, and guards nothing that lives for an afternoon.
    config: Config = Config.from_args(arguments, ssl_context=tls, invalid_user_sleep=0.0, hash_context=Cleartext())
    return config


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()  # close() would wait half a minute for a TLS client that does not answer
    with suppress(OSError):
        await writer.wait_closed()


async def _folder(user: str, name: str, box: MailboxData) -> Folder:
    letters = [
        Letter(
            uid=message.uid,
            received=message.internal_date,
            flags=tuple(sorted(bytes(flag).decode() for flag in message.permanent_flags)),
            raw=_raw(message),
        )
        async for message in box.messages()
    ]
    return Folder(
        user=user,
        name=name,
        uid_validity=box.uid_validity,
        next_uid=(await box.snapshot()).next_uid,
        letters=tuple(letters),
    )


async def _fill(box: MailboxData, folder: Folder) -> None:
    # pymap numbers letters itself: a mailbox that is told where it stopped goes on from there.
    box._uid_validity = folder.uid_validity  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    for letter in folder.letters:
        box._max_uid = letter.uid - 1  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        flags = frozenset(Flag(flag) for flag in letter.flags)
        await box.append(AppendMessage(letter.raw, letter.received, flags))
    box._max_uid = folder.next_uid - 1  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _raw(message: Message) -> bytes:
    return bytes(message._content or b"")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
