"""A desk whose mailbox is a corpus: every message is looked at and read as a wait does it, over IMAP."""

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from corpus.letter import Letter
from dev.mail_server import EmbeddedMail
from mail.accounts import Accounts
from mail.arrival import REPORT_OCTETS, arrivals
from mail.imap.criteria import UidRange
from mail.open_account import OpenAccount
from mail.policy import Policy
from mail.report import read_report
from mail.template import Templates
from models.wait import AwaitedLetter, MessagePointer, ReadReply, ReadReplyRequest

# The embedded server is made for a demo: its folders stay small.
_FOLDER = 500
_INBOX = "INBOX"
_US = "soc"
# As much of each text as a wait for one person takes.
_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of a message; `reply` is None where nothing was. `seconds` are the processor's.

    A busy machine makes no message slow; what waits for nobody has no other time.
    """

    letter: Letter
    reply: ReadReply | None
    named: frozenset[str]
    seconds: float
    error: str = ""


async def read_all(letters: Iterable[Letter]) -> AsyncIterator[Outcome]:
    """Read every message."""
    for batch in _batches(letters):
        async with EmbeddedMail({_US: "secret"}) as server:
            for letter in batch:
                await server.deliver(_US, letter.raw)
            us = {_US: server.account(_US)}
            accounts = Accounts(us, default=_US, policy=Policy(), templates=Templates({}), dns=_no_keys)
            try:
                async for outcome in _read(accounts.open(_US), batch):
                    yield outcome
            finally:
                await accounts.close()


async def _read(account: OpenAccount, letters: Sequence[Letter]) -> AsyncIterator[Outcome]:
    async with account.mailbox.session() as session:
        validity = (await session.examine(_INBOX)).uid_validity
        uids = await session.search(UidRange(1))
    for uid, letter in zip(uids, letters, strict=True):
        yield await _outcome(account, MessagePointer(folder=_INBOX, uid_validity=validity, uid=uid), letter)


async def _outcome(account: OpenAccount, pointer: MessagePointer, letter: Letter) -> Outcome:
    began = time.process_time()
    try:
        reply = await _reply(account, pointer)
        named = frozenset(one.address.lower() for one in read_report(letter.raw[:REPORT_OCTETS]).recipients)
    except Exception as error:  # noqa: BLE001  whatever it was, it is the finding
        return Outcome(letter, None, frozenset(), time.process_time() - began, f"{type(error).__name__}: {error}")
    return Outcome(letter, reply, named, time.process_time() - began, "" if reply else "was not found where it lies")


async def _reply(account: OpenAccount, pointer: MessagePointer) -> ReadReply | None:
    """What the watch does with a message first, then the wait."""
    async with account.mailbox.session() as session:
        await session.examine(pointer.folder)
        await arrivals(session, pointer.folder, pointer.uid_validity, (pointer.uid,))
    letter = AwaitedLetter(
        account=_US, message_ids=("<question@lab.test>",), since=datetime.now(UTC), folders=(_INBOX,)
    )
    request = ReadReplyRequest(
        letter=letter,
        pointer=pointer,
        recipients=("alice@lab.test",),
        exclude_pattern="out of (the )?office|automatic",
        reply_authentication="report",
        text_limit=_TEXT,
    )
    return await account.read_reply(request)


async def _no_keys(_name: str) -> list[bytes]:
    """The keys of twenty years ago are gone."""
    return []


def _batches(letters: Iterable[Letter]) -> Iterator[tuple[Letter, ...]]:
    remaining = iter(letters)
    while batch := tuple(islice(remaining, _FOLDER)):
        yield batch
