"""IMAP and SMTP in this process and event loop, up in a few milliseconds."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr

from dev.certificates import Certificates
from dev.mail_server.mailboxes import Mailboxes
from dev.mail_server.reception import Reception, Script
from dev.mail_server.state import Folder, State
from mail.account import Account, ImapServer, SmtpServer

HOST = "127.0.0.1"

# asyncio's own limit of 64 KiB for a line is less than a long list of UIDs takes.
LONGEST_LINE = 1024 * 1024

# What a kill -9 can cost: flags, and what clients have put away. A letter is on disk before it is accepted, or its
# number would be given to the next one (RFC 3501 §2.3.1.1).
SAVE_SECONDS = 1.0

OnMail = Callable[[str, bytes], Coroutine[Any, Any, None]]


class EmbeddedMail:
    """A mail domain with its users, from `async with` to its end.

    `ports` fixes some of SMTP, IMAP, SMTPS, IMAPS (the last two exist with `certificates` only).
    `rules` refuse a recipient: `{"full@lab.test": "552 5.2.2 Mailbox full"}`. `bounces` accept it and send
    a delivery report: `{"gone@lab.test": "5.1.1 User unknown"}`. `on_mail` callbacks hear of every letter
    that came by SMTP. These three may change while the server runs. With `state` mail is kept in that folder.
    """

    host = HOST

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        domain: str = "lab.test",
        ports: Mapping[str, int] | None = None,
        certificates: Certificates | None = None,
        rules: Mapping[str, str] | None = None,
        bounces: Mapping[str, str] | None = None,
        state: Path | None = None,
    ) -> None:
        self.domain = domain
        self.ports = dict(ports or {})
        self.rules = dict(rules or {})
        self.bounces = dict(bounces or {})
        self.on_mail: list[OnMail] = []
        self._users = dict(users)
        self._certificates = certificates
        self._state = State(state) if state else None
        self._saved: list[Folder] = []
        self._saving = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._mailboxes = Mailboxes(self._users, self.domain, self._certificates)
        script = Script(self.rules, self.bounces)
        self._reception = Reception(self._users, self.domain, script, self._hand_over)
        async with AsyncExitStack() as closing:
            await self._restore(closing)
            await self._listen(closing)
            self._closing = closing.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    def account(self, user: str) -> Account:
        """The account settings of the user: STARTTLS with certificates, in clear without."""
        server = {
            "host": HOST,
            "username": user,
            "password": SecretStr(self._users[user]),
            "security": "starttls" if self._certificates else "none",
            "ca_file": str(self._certificates.ca) if self._certificates else "",
        }
        return Account(
            address=f"{user}@{self.domain}",
            smtp=SmtpServer.model_validate({**server, "port": self.ports["SMTP"]}),
            imap=ImapServer.model_validate({**server, "port": self.ports["IMAP"]}),
        )

    async def deliver(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        """Put a letter into the user's folder, which is made when it is not there."""
        await self._mailboxes.deliver(user, raw, folder)
        await self._save()

    async def create_folder(self, user: str, *folders: str) -> None:
        """Create folders for the user; `/` separates levels."""
        await self._mailboxes.create(user, folders)

    async def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The letters in the user's folder, oldest first."""
        return await self._mailboxes.messages(user, folder)

    async def _listen(self, closing: AsyncExitStack) -> None:
        create, dialogue = asyncio.get_running_loop().create_server, self._reception.dialogue
        imap = partial(asyncio.start_server, self._mailboxes.serve, HOST, limit=LONGEST_LINE)
        tls = self._certificates.server_context() if self._certificates else None
        closing.push_async_callback(self._mailboxes.hang_up)
        closing.push_async_callback(self._reception.hang_up)
        await self._open(closing, "IMAP", lambda port: imap(port=port))
        await self._open(closing, "SMTP", lambda port: create(partial(dialogue, tls), HOST, port))
        if tls:
            await self._open(closing, "IMAPS", lambda port: imap(port=port, ssl=tls))
            await self._open(closing, "SMTPS", lambda port: create(dialogue, HOST, port, ssl=tls))

    async def _open(
        self,
        closing: AsyncExitStack,
        name: str,
        listen: Callable[[int], Coroutine[Any, Any, asyncio.Server]],
    ) -> None:
        server = await listen(self.ports.get(name, 0))
        closing.callback(server.close)
        self.ports[name] = server.sockets[0].getsockname()[1]

    async def _hand_over(self, user: str, raw: bytes) -> None:
        await self.deliver(user, raw)
        for callback in self.on_mail:
            self._background(callback(user, raw))

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop_background(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _restore(self, closing: AsyncExitStack) -> None:
        if self._state:
            await self._mailboxes.restore(self._state.load())
            closing.push_async_callback(self._save)
            self._background(self._keep_saving())
        closing.push_async_callback(self._stop_background)
        await self._mailboxes.furnish()

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self._save()

    async def _save(self) -> None:
        if self._state is None:
            return
        async with self._saving:  # an older state must not be written over a newer one
            folders = await self._mailboxes.snapshot()
            if folders != self._saved:
                self._state.save(folders)
                self._saved = folders
