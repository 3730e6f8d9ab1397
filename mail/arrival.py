"""New mail at a glance: where it lies and which letters it belongs to, from its header alone."""

from collections.abc import Sequence

from mail.classify import Kind, classify
from mail.correlation import reply_keys, subject_keys
from mail.headers import Headers
from mail.imap.response import FetchedMessage
from mail.imap.session import ImapSession
from mail.report import read_report
from models.wait import MessagePointer
from models.watch import Arrival

# A delivery report names the letter it is about within its first part and the returned header.
REPORT_OCTETS = 128 * 1024
# By it a message is found again in a renumbered folder; all that a look has found must fit into one result.
_MESSAGE_ID_CHARACTERS = 250


async def arrivals(
    session: ImapSession, folder: str, uid_validity: int, uids: Sequence[int], *, by_subject: bool = False
) -> tuple[Arrival, ...]:
    """The messages of the open folder that belong to any letter at all."""
    found: list[Arrival] = []
    for message in await session.fetch(uids, ("INTERNALDATE", "BODY.PEEK[HEADER]")):
        headers = Headers.read(message.sections.get("HEADER", b""))
        keys = reply_keys(headers, await _returned_headers(session, message, headers))
        keys += subject_keys(headers) if by_subject else ()
        message_id = headers.message_id if len(headers.message_id) <= _MESSAGE_ID_CHARACTERS else ""
        pointer = MessagePointer(folder=folder, uid_validity=uid_validity, uid=message.uid, message_id=message_id)
        if keys:
            found.append(Arrival(pointer=pointer, keys=keys, arrived=message.internal_date))
    return tuple(found)


async def _returned_headers(session: ImapSession, message: FetchedMessage, headers: Headers) -> Headers | None:
    """The header of our own letter inside a report about it."""
    report_type = headers.parameters("Content-Type")[1].get("report-type", "").lower()
    if report_type != "delivery-status" and classify(headers).kind is not Kind.DELIVERY_REPORT:
        return None
    return read_report(await first_octets(session, message.uid, REPORT_OCTETS)).returned_headers


async def first_octets(session: ImapSession, uid: int, octets: int) -> bytes:
    """The beginning of a message; empty when it is gone."""
    for message in await session.fetch((uid,), (f"BODY.PEEK[]<0.{octets}>",)):
        return message.sections.get("", b"")
    return b""
