"""Messages deleted, exactly these: for good, or by way of the trash where the server can do no better."""

from collections.abc import Sequence

from mail.change import RENUMBERED, failed, locate, remove
from mail.errors import FolderNotFound
from mail.imap.session import ImapSession
from mail.move import mark, transfer
from models.change import FolderMark, Outcome
from models.delete import NO_WAY, Deleted, DeleteRequest, Disposal
from models.find import FoundMessage

TRASH = "\\Trash"


async def disposal(session: ImapSession) -> Disposal:
    """How messages are deleted on this server."""
    if session.offers("UIDPLUS") and not session.folders_are_labels:
        return Disposal(expunges=True)
    trash = await session.special_folder(TRASH)
    return Disposal(expunges=False, trash=await mark(session, trash) if trash else None)


async def delete(session: ImapSession, request: DeleteRequest) -> Deleted:
    """Delete the targets; one that has left its folder before counts as deleted."""
    trash = request.disposal.trash
    if request.disposal.expunges or _is_in(trash, request.targets):
        return Deleted(outcomes=await _remove(session, request.targets), disposal=request.disposal)
    if trash is None:
        return Deleted(outcomes=tuple(failed(NO_WAY) for _ in request.targets), disposal=request.disposal)
    outcomes = await transfer(session, request.targets, trash)
    return Deleted(outcomes=outcomes, disposal=Disposal(expunges=False, trash=await mark(session, trash.folder)))


def _is_in(trash: FolderMark | None, targets: Sequence[FoundMessage]) -> bool:
    return trash is not None and targets[0].pointer.folder == trash.folder


async def _remove(session: ImapSession, targets: Sequence[FoundMessage]) -> tuple[Outcome, ...]:
    try:
        located = await locate(session, targets)
    except FolderNotFound as error:
        return tuple(failed(error.message) for _ in targets)
    outcomes = dict.fromkeys(located.gone, Outcome(kind="gone")) | dict.fromkeys(located.unclear, failed(RENUMBERED))
    by_uid = await remove(session, tuple(located.here))
    outcomes |= {located.here[uid]: outcome for uid, outcome in by_uid.items()}
    return tuple(outcomes[target] for target in targets)
