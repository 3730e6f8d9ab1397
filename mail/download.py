"""The attachments of a message, written into a folder."""

import asyncio

from mail.download_folder import DownloadFolder
from mail.errors import MessageNotFound
from mail.imap.session import ImapSession
from mail.message_files import MessageFile, failures, keep_each, message_files, message_gone, receive
from models.download import DownloadedAttachment, DownloadedMessage
from models.wait import MessagePointer


async def download_message(
    session: ImapSession, pointer: MessagePointer, folder: DownloadFolder, limit: int
) -> DownloadedMessage:
    """Write every attachment; files that an earlier attempt has written are told again, not written again."""

    async def keep(file: MessageFile) -> DownloadedAttachment:
        with folder.incoming() as incoming:
            digest = await receive(session, pointer.uid, file, incoming.file, limit)
            name = await asyncio.to_thread(folder.keep, incoming, digest, file.safe_name)
        return DownloadedAttachment(path=str(folder.path / name), **dict(file.kept(digest, name, pointer)))

    try:
        files = [file for file in await message_files(session, pointer) if file.is_saved]
        outcomes = [one async for one in keep_each(files, keep)]
    except MessageNotFound:
        return DownloadedMessage(failed=(message_gone(pointer),))
    return DownloadedMessage(
        downloaded=tuple(one.kept for one in outcomes if one.kept), failed=failures(outcomes, pointer)
    )
