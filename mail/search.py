"""Messages that match, newest first over all folders: headers and outlines, then only the texts that are wanted."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from mail.copies import Copies, gathered, identities
from mail.email import Reading, emails
from mail.errors import FolderNotFound
from mail.excerpt import fair_share
from mail.folders import Folders
from mail.imap.session import ImapSession
from mail.incoming import TEXT_OCTETS, IncomingMessage, read_outlines, with_texts
from mail.mailbox import Mailbox
from mail.newest import FEW, Sighting, newest_in_folder
from models.find import FindRequest
from models.search import EmailsFound

# All texts of one search before they are decoded and cut: several times what goes into a result.
LOADED_OCTETS = 8 * 1024 * 1024
# What a result tells of a header; 64 KiB of it hold a thousand recipients.
_HEADER = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM TO CC REPLY-TO SUBJECT IN-REPLY-TO REFERENCES)]<0.65536>"


async def search(mailbox: Mailbox, account: str, request: FindRequest) -> EmailsFound:
    """The newest messages that meet the criteria, each once, however many folders hold it."""
    async with mailbox.session() as session:
        folders = Folders(session, request.folders)
        found, complete = await _found(session, folders, request)
        readings = await _read(session, found[: request.limit])
    listed = await asyncio.to_thread(emails, readings)
    return EmailsFound(
        account=account,
        emails=listed,
        truncated=not complete or len(found) > request.limit or len(readings) > len(listed),
        folders=folders.outcomes,
    )


async def _found(session: ImapSession, folders: Folders, request: FindRequest) -> tuple[list[Copies], bool]:
    """The newest matches, and whether these are all; a copy that came long before may pass for another message."""
    known: dict[Sighting, str] = {}
    complete, several = True, len(request.folders) > 1
    # Of several folders more are looked at, to find each copy of those that are told.
    wanted = max(FEW, request.limit) if several else request.limit
    async for folder in folders.opened():
        newest = await newest_in_folder(session, folder, request.criteria, wanted)
        folders.matched(folder.name, newest.matched)
        complete = complete and newest.matched == len(newest.sightings)
        known |= await identities(session, newest.sightings) if several else dict.fromkeys(newest.sightings, "")
    return gathered(known), complete


async def _read(session: ImapSession, wanted: Sequence[Copies]) -> list[Reading]:
    """These messages in their order, left out where they are gone."""
    messages: dict[Sighting, IncomingMessage] = {}
    for name in dict.fromkeys(one.newest.folder.name for one in wanted):
        here = [one.newest for one in wanted if one.newest.folder.name == name]
        messages |= await _read_in_folder(session, here, LOADED_OCTETS * len(here) // len(wanted))
    return [Reading(messages[one.newest], one.folders) for one in wanted if one.newest in messages]


async def _read_in_folder(
    session: ImapSession, sightings: Sequence[Sighting], budget: int
) -> dict[Sighting, IncomingMessage]:
    by_uid = {one.uid: one for one in sightings}
    folder = sightings[0].folder
    with suppress(FolderNotFound):
        status = await session.examine(folder.name)
        if status.uid_validity == folder.uid_validity:
            outlines = await read_outlines(session, folder, tuple(by_uid), _HEADER)
            messages = await with_texts(session, outlines, _octets_a_text(outlines, budget))
            sighted = ((by_uid[message.pointer.uid], message) for message in messages)
            return {sighting: replace(message, arrived=sighting.arrived) for sighting, message in sighted}
    return {}


def _octets_a_text(outlines: Sequence[IncomingMessage], budget: int) -> int:
    sizes = [part.size for outline in outlines for part in outline.text_parts]
    sizes += [outline.size for outline in outlines if not outline.outlined]
    return min(TEXT_OCTETS, max(1, fair_share(sizes, budget)))
