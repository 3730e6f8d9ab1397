"""One logged-in IMAP connection, in the terms of mail: folders, criteria, messages."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Self

from mail.account import ImapServer
from mail.errors import FolderNotFound, InvalidContent, MailError, MessageRejected, ServerUnavailable
from mail.imap import quoting
from mail.imap.connection import connect
from mail.imap.criteria import Criterion, charset
from mail.imap.dates import date_time
from mail.imap.folders import special_folder
from mail.imap.login import log_in
from mail.imap.protocol import Protocol
from mail.imap.response import (
    FetchedMessage,
    Folder,
    FolderStatus,
    appended_uid,
    fetched_messages,
    folder_status,
    listed_folders,
    searched_uids,
)
from mail.imap.uidset import sequence_sets
from mail.imap.wire import Reply, human_text

# A polite goodbye is worth this much waiting, and no more.
LOGOUT_SECONDS = 2.0
# How often to ask where the server cannot push (RFC 3501 §6.1.2 means NOOP for this).
POLL_SECONDS = 30.0
# An upload is answered only at its end: nobody's line is slower than this.
UPLOAD_OCTETS_A_SECOND = 50_000

_TOO_LARGE_CODES = frozenset({"OVERQUOTA", "TOOBIG"})
# RFC 3501 §6.4.5. Names of the fields of HEADER.FIELDS stay free; quotes and parentheses do not.
_ITEM = re.compile(r"[A-Z0-9.]+(\[[A-Z0-9.]*( \([A-Z0-9 _-]+\))?\](<\d+\.\d+>)?)?", re.IGNORECASE)
_FLAG = re.compile(r"\\?[A-Za-z0-9$_.-]+")
_SEEING = re.compile(r"^BODY\[", re.IGNORECASE)


class ImapSession:
    """One command at a time; any time-out or cancellation closes the connection."""

    def __init__(self, protocol: Protocol, greeting: str, capabilities: frozenset[str]) -> None:
        self._protocol = protocol
        self.server_name = human_text(greeting.partition(" ")[2])
        self.capabilities = capabilities

    @classmethod
    async def open(cls, server: ImapServer, *, token: str | None = None) -> Self:
        """Connect and log in, with the OAuth token where one is given."""
        protocol = await connect(server)
        try:
            return cls(protocol, await protocol.greeting, await log_in(protocol, server, token))
        except BaseException:
            protocol.drop("nobody logged in")
            raise

    @property
    def tls(self) -> str | None:
        """The version of TLS in use, such as "TLSv1.3"."""
        return self._protocol.tls_version

    @property
    def closed(self) -> bool:
        """Whether the connection is gone, whoever ended it."""
        return self._protocol.lost

    async def examine(self, folder: str) -> FolderStatus:
        """Open a folder to read: nothing that follows changes it."""
        return await self._enter(b"EXAMINE", folder)

    async def select(self, folder: str) -> FolderStatus:
        """Open a folder to change it."""
        return await self._enter(b"SELECT", folder)

    async def search(self, criterion: Criterion) -> tuple[int, ...]:
        """The UIDs of the messages in the open folder that meet the criterion, ascending."""
        key = criterion.search_key()
        needed = charset(key)
        named = b"CHARSET %b " % needed.encode("ascii") if needed else b""
        reply = await self._protocol.run(b"UID SEARCH " + named + key)
        # RFC 3501 §6.4.4 wants NO, and only wishes for the code; other refusals have codes of their own.
        if reply.code == "BADCHARSET" or (needed and reply.result == "NO" and not reply.code):
            raise InvalidContent("This server cannot search for text that is not ASCII.")
        return searched_uids(_answered(reply).responses)

    async def fetch(self, uids: Sequence[int], items: Sequence[str]) -> tuple[FetchedMessage, ...]:
        r"""These messages in the order asked for, left out where they are gone; nothing becomes \Seen."""
        wanted = _fetch_items(items)
        found: dict[int, FetchedMessage] = {}
        for uid_set in sequence_sets(uids):
            reply = await self._protocol.run(b"UID FETCH %b %b" % (uid_set.encode("ascii"), wanted))
            found |= fetched_messages(_answered(reply).responses)
        return tuple(found[uid] for uid in dict.fromkeys(uids) if uid in found)

    async def append(
        self, folder: str, raw: bytes, *, flags: Iterable[str] = (), date: datetime | None = None
    ) -> int | None:
        """File a message; its UID where the server tells it (UIDPLUS)."""
        marks = [b"(%b)" % _flag_list(flags), *([date_time(date)] if date else [])]
        line = b"APPEND %b %b %b" % (quoting.folder(folder), b" ".join(marks), quoting.literal(raw))
        patience = self._protocol.patience + len(raw) / UPLOAD_OCTETS_A_SECOND
        reply = await self._protocol.run(line, patience=patience)
        if not reply.ok:
            raise _append_error(reply, folder)
        return appended_uid(reply)

    def offers(self, extension: str) -> bool:
        """Whether the server has MOVE (RFC 6851) or UIDPLUS (RFC 4315), by themselves or as part of RFC 9051."""
        return not self.capabilities.isdisjoint((extension, "IMAP4REV2"))

    async def move(self, uids: Sequence[int], folder: str) -> str:
        """Move messages of the open folder; what the server says against it, nothing when it is done."""
        return await self._change(b"UID MOVE", uids, quoting.folder(folder))

    async def copy(self, uids: Sequence[int], folder: str) -> str:
        """Copy messages of the open folder; what the server says against it, nothing when it is done."""
        return await self._change(b"UID COPY", uids, quoting.folder(folder))

    async def add_flags(self, uids: Sequence[int], flags: Iterable[str]) -> str:
        """Flag messages of the open folder; what the server says against it, nothing when it is done."""
        return await self._change(b"UID STORE", uids, b"+FLAGS.SILENT (%b)" % _flag_list(flags))

    async def expunge(self, uids: Sequence[int]) -> str:
        r"""Remove those of these messages that are flagged \Deleted; what the server says against it.

        Never the bare EXPUNGE, nor CLOSE: they remove what anybody has flagged.
        """
        return await self._change(b"UID EXPUNGE", uids)

    async def folders(self) -> tuple[Folder, ...]:
        """Every folder of the account, with its special use where the server knows any."""
        # RFC 6154 §2: a plain LIST may keep the special uses to itself.
        extended = {"LIST-EXTENDED", "SPECIAL-USE"} <= self.capabilities
        line = b'LIST "" "*"' + (b" RETURN (SPECIAL-USE)" if extended else b"")
        return listed_folders(_answered(await self._protocol.run(line)).responses)

    @property
    def folders_are_labels(self) -> bool:
        """Whether removing a message from a folder only takes a label off it, as at Gmail."""
        return "X-GM-EXT-1" in self.capabilities

    async def special_folder(self, use: str) -> str | None:
        r"""The folder for a use such as "\Sent", by what the server says, else by its usual names."""
        if self.folders_are_labels and use.lower() == "\\archive":
            use = "\\All"  # what has no other label is archived
        return special_folder(await self.folders(), use)

    async def idle(self, timeout: float) -> bool:  # noqa: ASYNC109  # silence is a result here, not a failure
        """Wait until mail came to or went from the open folder; False after so many seconds of silence."""
        if "IDLE" in self.capabilities:
            return await self._protocol.await_news(timeout)
        return await self._poll(timeout)

    async def noop(self) -> None:
        """Show that we are still there, and find out whether the server is."""
        _answered(await self._protocol.run(b"NOOP"))

    async def close(self) -> None:
        """Say goodbye if that is quickly done, and close."""
        try:
            if not self.closed:
                with suppress(MailError):
                    await self._protocol.run(b"LOGOUT", patience=LOGOUT_SECONDS)
        finally:
            self.drop()

    def drop(self) -> None:
        """Close at once, without a word."""
        self._protocol.drop("we closed it")

    async def _change(self, command: bytes, uids: Sequence[int], *arguments: bytes) -> str:
        for uid_set in sequence_sets(uids):
            reply = await self._protocol.run(b" ".join((command, uid_set.encode("ascii"), *arguments)))
            if reply.not_now or reply.result == "BAD":
                raise ServerUnavailable(
                    f"The server does not do it now: {human_text(reply.text)}", code=reply.code, retry_after=reply.pause
                )
            if not reply.ok:
                return human_text(reply.text) or "refused without a word"
        return ""

    async def _enter(self, command: bytes, folder: str) -> FolderStatus:
        reply = await self._protocol.run(b"%b %b" % (command, quoting.folder(folder)))
        if not reply.ok:
            raise _folder_error(reply, folder)
        self._protocol.take_news()  # EXISTS is part of this answer; the rest concerns the folder before
        status = folder_status(folder, reply.responses)
        return status if status.uid_next else replace(status, uid_next=await self._uid_next())

    async def _uid_next(self) -> int:
        # RFC 3501 §6.3.1 wants UIDNEXT told; not every server does.
        reply = _answered(await self._protocol.run(b"UID SEARCH UID *"))
        return max(searched_uids(reply.responses), default=0) + 1

    async def _poll(self, seconds: float) -> bool:
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        await self.noop()
        while not (heard := self._protocol.take_news()) and (left := end - clock()) > 0:
            await asyncio.sleep(min(left, POLL_SECONDS))
            await self.noop()
        return heard


def _answered(reply: Reply) -> Reply:
    if not reply.ok:
        raise ServerUnavailable(
            f"The server does not do it: {human_text(reply.text)}", code=reply.code, retry_after=reply.pause
        )
    return reply


def _folder_error(reply: Reply, folder: str) -> MailError:
    said = human_text(reply.text)
    if reply.not_now or reply.result == "BAD":
        return ServerUnavailable(
            f"Folder {folder!r} cannot be opened now: {said}", code=reply.code, retry_after=reply.pause
        )
    return FolderNotFound(f"There is no folder {folder!r}: {said}", folder=folder, denied=reply.code == "NOPERM")


def _append_error(reply: Reply, folder: str) -> MailError:
    if reply.code in _TOO_LARGE_CODES:
        return MessageRejected(f"{folder!r} does not take the message: {human_text(reply.text)}")
    if reply.code in {"TRYCREATE", "NONEXISTENT", "NOPERM"}:
        return _folder_error(reply, folder)
    return ServerUnavailable(
        f"Filing in {folder!r} failed: {human_text(reply.text)}", code=reply.code, retry_after=reply.pause
    )


def _fetch_items(items: Sequence[str]) -> bytes:
    """Items as FETCH takes them: UID always, and no body without PEEK."""
    for item in items:
        if not _ITEM.fullmatch(item):
            raise ValueError(f"{item!r} is no item of FETCH")
    peeking = (_SEEING.sub("BODY.PEEK[", item) for item in items)
    return b"(%b)" % " ".join(["UID", *peeking]).encode("ascii")


def _flag_list(flags: Iterable[str]) -> bytes:
    marks = tuple(flags)
    if not all(_FLAG.fullmatch(flag) for flag in marks):
        raise ValueError(f"{marks!r} are no IMAP flags")
    return " ".join(marks).encode("ascii")
