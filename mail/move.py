"""Messages moved to another folder, exactly these and each only once, however often it is asked."""

from collections.abc import Sequence
from functools import partial

from mail.change import LEFT, RENUMBERED, Copies, Located, attempt, existing, failed, locate, remove
from mail.errors import FolderNotFound
from mail.find import described
from mail.imap.criteria import UidRange
from mail.imap.session import ImapSession
from models.change import FolderMark, Outcome
from models.find import FoundMessage
from models.move import Moved, MoveRequest


async def mark(session: ImapSession, folder: str) -> FolderMark:
    """How far a folder has come; FolderNotFound where there is none."""
    status = await session.examine(folder)
    return FolderMark(folder=status.name, uid_validity=status.uid_validity, uid_next=status.uid_next)


async def destination(session: ImapSession, folder: str) -> FolderMark:
    r"""How far a folder has come that is named as it is, or by its use: "\\Archive" (RFC 6154)."""
    if not folder.startswith("\\"):
        return await mark(session, folder)
    serving = await session.special_folder(folder)
    if serving is None:
        raise FolderNotFound(f"No folder of the account serves as {folder!r}.", folder=folder)
    return await mark(session, serving)


async def move(session: ImapSession, request: MoveRequest) -> Moved:
    """Move the targets; one that has left its folder and is in the destination since the mark was moved before."""
    outcomes = await transfer(session, request.targets, request.destination)
    return Moved(outcomes=outcomes, destination=await mark(session, request.destination.folder))


async def transfer(
    session: ImapSession, targets: Sequence[FoundMessage], destination: FolderMark
) -> tuple[Outcome, ...]:
    """What became of each target, in their order."""
    copies = Copies(await _arrivals(session, destination))
    try:
        located = await locate(session, targets)
    except FolderNotFound as error:
        return tuple(failed(error.message) for _ in targets)
    outcomes = {one: _left_before(copies, one) for one in located.gone}
    outcomes |= dict.fromkeys(located.unclear, failed(RENUMBERED))
    by_uid = await _transferred(session, located, copies, destination.folder)
    outcomes |= {located.here[uid]: outcome for uid, outcome in by_uid.items()}
    return tuple(outcomes[target] for target in targets)


async def _arrivals(session: ImapSession, destination: FolderMark) -> list[FoundMessage]:
    """What has come to the destination since the mark; all it has when it was renumbered since."""
    folder = await session.examine(destination.folder)
    renumbered = folder.uid_validity != destination.uid_validity
    uids = await session.search(UidRange(1 if renumbered else destination.uid_next))
    return await described(session, folder, uids)


def _left_before(copies: Copies, target: FoundMessage) -> Outcome:
    return Outcome(kind="moved") if copies.claim(target) else Outcome(kind="gone")


async def _transferred(session: ImapSession, located: Located, copies: Copies, destination: str) -> dict[int, Outcome]:
    if session.offers("MOVE"):
        return await _moved(session, tuple(located.here), destination)
    uncopied = [uid for uid, target in located.here.items() if not copies.claim(target)]
    refused = await attempt(partial(session.copy, folder=destination), uncopied)
    removed = await remove(session, [uid for uid in located.here if uid not in refused])
    copied = {uid: _copied(outcome, destination) for uid, outcome in removed.items()}
    return copied | {uid: failed(said) for uid, said in refused.items()}


async def _moved(session: ImapSession, uids: Sequence[int], destination: str) -> dict[int, Outcome]:
    refused = await attempt(partial(session.move, folder=destination), uids)
    left = await existing(session, uids)
    reasons = dict.fromkeys(left, LEFT) | refused
    return {uid: failed(reasons[uid]) if uid in reasons else Outcome(kind="moved") for uid in uids}


def _copied(removal: Outcome, destination: str) -> Outcome:
    """What became of a message that has its copy, by what became of the original."""
    if removal.kind == "failed":
        return failed(f"it was copied to {destination!r}, but the original stays: {removal.reason}")
    return Outcome(kind="moved" if removal.kind == "expunged" else "copied")
