"""Messages that are to be changed: where they are now, and what the server makes of a command for each."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mail.correlation import letter_key
from mail.find import find_in_folder
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from models.change import Outcome
from models.find import Criteria, FoundMessage

RENUMBERED = "the folder was renumbered meanwhile, and its Message-ID does not tell this message from others"
LEFT = "the server left it where it was"

Identity: TypeAlias = tuple[object, ...]
Command = Callable[[Sequence[int]], Awaitable[str]]


@dataclass(frozen=True)
class Located:
    """The targets in their folder as it is now."""

    here: dict[int, FoundMessage]  # by the UIDs of now
    gone: tuple[FoundMessage, ...] = ()
    unclear: tuple[FoundMessage, ...] = ()


def identity(message: FoundMessage) -> Identity:
    """What a message keeps when it is moved or copied; with the date where there is no Message-ID."""
    message_id = message.pointer.message_id
    # Not every server keeps INTERNALDATE with a copy (RFC 3501 §6.4.7 says SHOULD).
    return letter_key(message_id) if message_id else message.date, message.subject, message.sender


async def locate(session: ImapSession, targets: Sequence[FoundMessage]) -> Located:
    """Open the targets' folder to change it, and find them there again."""
    folder = await session.select(targets[0].pointer.folder)
    if any(target.pointer.uid_validity != folder.uid_validity for target in targets):
        return await _find_again(session, folder, targets)
    present = await existing(session, [target.pointer.uid for target in targets])
    return Located(
        here={target.pointer.uid: target for target in targets if target.pointer.uid in present},
        gone=tuple(target for target in targets if target.pointer.uid not in present),
    )


async def existing(session: ImapSession, uids: Sequence[int]) -> frozenset[int]:
    """Those of the UIDs that the open folder still has."""
    return frozenset(message.uid for message in await session.fetch(uids, ()))


async def attempt(command: Command, uids: Sequence[int]) -> dict[int, str]:
    """Do it to all at once, or to one after the other when that is refused; the refusals by UID."""
    said = await command(uids) if uids else ""
    if not said or len(uids) == 1:
        return dict.fromkeys(uids, said) if said else {}
    return {uid: said for uid in uids if (said := await command([uid]))}


async def remove(session: ImapSession, uids: Sequence[int]) -> dict[int, Outcome]:
    r"""Remove exactly these from the open folder; without UIDPLUS they only become \Deleted."""
    refused = await attempt(lambda some: session.add_flags(some, ["\\Deleted"]), uids)
    flagged = [uid for uid in uids if uid not in refused]
    outcomes = {uid: failed(said) for uid, said in refused.items()}
    if not session.offers("UIDPLUS"):
        return outcomes | {uid: Outcome(kind="flagged") for uid in flagged}
    refused = await attempt(session.expunge, flagged)
    left = await existing(session, flagged)
    gone = {uid: Outcome(kind="expunged") for uid in flagged if uid not in left}
    stuck = {uid: failed(f"it is flagged as deleted, but not removed: {refused.get(uid, LEFT)}") for uid in left}
    return outcomes | gone | stuck


def failed(reason: str) -> Outcome:
    """Nothing could be done, and why."""
    return Outcome(kind="failed", reason=reason)


class Copies:
    """Messages that can stand for others; each stands for one."""

    def __init__(self, messages: Iterable[FoundMessage]) -> None:
        self._left = Counter(map(identity, messages))

    def claim(self, message: FoundMessage) -> bool:
        """Whether there is one that still stands for nothing, which from now on stands for this message."""
        key = identity(message)
        self._left[key] -= 1
        return self._left[key] >= 0


async def _find_again(session: ImapSession, folder: FolderStatus, targets: Sequence[FoundMessage]) -> Located:
    """UIDs mean nothing once UIDVALIDITY has changed (RFC 3501 §2.3.1.1); Message-IDs still do."""
    ids = [target.pointer.message_id for target in targets if target.pointer.message_id]
    found = await find_in_folder(session, folder, Criteria(message_ids=tuple(ids))) if ids else []
    wanted, there = Counter(map(identity, targets)), Counter(map(identity, found))
    clear = [one for one in targets if one.pointer.message_id and there[identity(one)] <= wanted[identity(one)]]
    copies = Copies(found)
    staying = [target for target in clear if copies.claim(target)]
    uids = {key: [one.pointer.uid for one in found if identity(one) == key] for key in map(identity, staying)}
    return Located(
        here={uids[identity(target)].pop(): target for target in staying},
        gone=tuple(one for one in clear if one not in staying),
        unclear=tuple(one for one in targets if one not in clear),
    )
