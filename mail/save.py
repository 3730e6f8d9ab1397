"""The attachments of a message, saved to the storage of a case."""

from collections.abc import Collection
from datetime import UTC, datetime

from mail.case_wall import CaseWall
from mail.errors import MessageNotFound
from mail.imap.session import ImapSession
from mail.message_files import (
    FileOutcome,
    MessageFile,
    failures,
    keep_each,
    message_files,
    message_gone,
    receive,
)
from models.attachment import Attachment
from models.save import ManifestEntry, SavedAttachment, SavedMessage
from models.wait import MessagePointer


async def save_message(
    session: ImapSession, pointer: MessagePointer, wall: CaseWall, limit: int, *, names: Collection[str]
) -> SavedMessage:
    """Save the attachments of these names, or all; those saved before are told again, not saved again."""
    try:
        files = await message_files(session, pointer)
        wanted = [file for file in files if file.is_saved and (not names or file.matching(names))]
        outcomes = await _saved(session, pointer, wall, limit, wanted)
    except MessageNotFound:
        return SavedMessage(failed=(message_gone(pointer),))
    return SavedMessage(
        saved=tuple(one.kept for one in outcomes if one.kept),
        failed=failures(outcomes, pointer),
        matched=tuple(dict.fromkeys(name for file in wanted for name in file.matching(names))),
    )


async def save_reply(
    session: ImapSession, pointer: MessagePointer, wall: CaseWall, limit: int
) -> tuple[Attachment, ...]:
    """Save every attachment of an answer; each listed with where it is, or why it is not."""
    files = await message_files(session, pointer)
    outcomes = await _saved(session, pointer, wall, limit, [file for file in files if file.is_saved])
    told = {one.file.number: _listed(one) for one in outcomes}
    return tuple(told.get(file.number, file.listed) for file in files)


async def _saved(
    session: ImapSession, pointer: MessagePointer, wall: CaseWall, limit: int, files: Collection[MessageFile]
) -> list[FileOutcome[SavedAttachment]]:
    async def keep(file: MessageFile) -> SavedAttachment:
        with wall.incoming() as incoming:
            digest = await receive(session, pointer.uid, file, incoming, limit)
            uri = await wall.keep(incoming, digest, file.safe_name)
        saved = SavedAttachment(uri=uri, **dict(file.kept(digest, file.safe_name, pointer)))
        await wall.enter(ManifestEntry(saved_at=datetime.now(UTC), **dict(saved)))
        return saved

    return [one async for one in keep_each(tuple(files), keep)]


def _listed(outcome: FileOutcome[SavedAttachment]) -> Attachment:
    listed, saved = outcome.file.listed, outcome.kept
    if saved is None:
        return listed.model_copy(update={"not_saved": outcome.reason})
    return listed.model_copy(
        update={
            "uri": saved.uri,
            "saved_size": saved.size,
            "detected_type": saved.detected_type,
            "sha256": saved.sha256,
            "md5": saved.md5,
        }
    )
