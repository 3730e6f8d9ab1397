"""Messages by what is known of them: the server searches, we order and make sure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from mail.correlation import letter_key
from mail.headers import Headers
from mail.imap.criteria import All, AnyOf, Cc, Criterion, From, Header, Subject, To, UidRange, Unseen
from mail.imap.response import FetchedMessage, FolderStatus
from mail.imap.session import ImapSession
from mail.time_frame import since
from models.find import Criteria, FoundMessage
from models.wait import MessagePointer

# A Message-ID that is asked for is nearly always recent: in 50,000 messages the newest 2,000 take 8 ms
# to search and all of them 96.
FIRST_RANGE = 2_000
# Servers limit the length of a command line; so many ids stay below 8,000 octets.
IDS_A_SEARCH = 20
# Headers of so many messages are held at once.
BATCH = 200
# Temporal carries 2 MB; what an action then tells of each message is a little longer.
CARRIED_OCTETS = 1_000_000
EVERY_MESSAGE = Criteria()

_ENVELOPE = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE SUBJECT FROM)]"
_SUBJECT_CHARACTERS = 300


async def find_in_folder(session: ImapSession, folder: FolderStatus, criteria: Criteria) -> list[FoundMessage]:
    """The messages of the open folder that meet the criteria, in no order."""
    if not criteria.message_ids:
        uids = await session.search(All(tuple(search_criteria(session, criteria))))
        return await described(session, folder, uids, criteria)
    found: list[FoundMessage] = []
    for uid_range in _newest_then_older(folder):
        if left := missing_ids(criteria.message_ids, found):
            further = criteria.model_copy(update={"message_ids": left})
            uids = await _uids_of_ids(session, further, uid_range)
            found += await described(session, folder, uids, further)
    return found


async def described(
    session: ImapSession, folder: FolderStatus, uids: Sequence[int], criteria: Criteria = EVERY_MESSAGE
) -> list[FoundMessage]:
    """Those messages of the open folder that the headers, too, say are meant."""
    found: list[FoundMessage] = []
    for start in range(0, len(uids), BATCH):
        fetched = await session.fetch(uids[start : start + BATCH], ("INTERNALDATE", _ENVELOPE))
        found += [_found(folder, message) for message in fetched if _meets(message, criteria)]
    return found


def _newest_then_older(folder: FolderStatus) -> Iterator[UidRange]:
    """All messages, none twice: an old one costs no more than one look at all."""
    lowest = max(1, folder.uid_next - FIRST_RANGE)
    yield UidRange(lowest)
    if lowest > 1:
        yield UidRange(1, lowest - 1)


async def _uids_of_ids(session: ImapSession, criteria: Criteria, uid_range: UidRange) -> tuple[int, ...]:
    """The UIDs that the server finds; parts of ids may still match too much."""
    found: set[int] = set()
    for start in range(0, len(criteria.message_ids), IDS_A_SEARCH):
        ids = criteria.message_ids[start : start + IDS_A_SEARCH]
        named = AnyOf(tuple(Header("Message-ID", f"<{one.strip('<>')}>") for one in ids))
        found |= set(await session.search(All((uid_range, named, *search_criteria(session, criteria)))))
    return tuple(sorted(found))


def search_criteria(session: ImapSession, criteria: Criteria) -> Iterator[Criterion]:
    """All but the Message-IDs, in the server's terms."""
    if criteria.since is not None:
        yield since(session, criteria.since)
    if criteria.subject:
        yield Subject(criteria.subject)
    if criteria.sender:
        yield From(criteria.sender)
    if criteria.recipient:
        yield AnyOf((To(criteria.recipient), Cc(criteria.recipient)))
    if criteria.only_unread:
        yield Unseen()


def newest_first(found: Sequence[FoundMessage]) -> list[FoundMessage]:
    """The order of every result; of two that came in the same second, the higher UID is newer."""
    return sorted(found, key=lambda one: (one.date, one.pointer.uid), reverse=True)


def carried(found: Sequence[FoundMessage], limit: int) -> list[FoundMessage]:
    """The newest, as many as are asked for and as one result carries."""
    newest = newest_first(found)[:limit]
    ends = accumulate(len(one.model_dump_json().encode()) for one in newest)
    return [one for one, end in zip(newest, ends, strict=True) if end <= CARRIED_OCTETS]


def missing_ids(wanted: Sequence[str], found: Sequence[FoundMessage]) -> tuple[str, ...]:
    """The Message-IDs that no folder has."""
    keys = {letter_key(one.pointer.message_id) for one in found}
    return tuple(one for one in wanted if letter_key(one) not in keys)


def _meets(message: FetchedMessage, criteria: Criteria) -> bool:
    if criteria.message_ids:
        wanted = {letter_key(one) for one in criteria.message_ids}
        if letter_key(_headers(message).message_id) not in wanted:
            return False
    return criteria.since is None or (message.internal_date or criteria.since) >= criteria.since


def _found(folder: FolderStatus, message: FetchedMessage) -> FoundMessage:
    headers = _headers(message)
    sender = next(iter(headers.addresses("From")), None)
    return FoundMessage(
        pointer=MessagePointer(
            folder=folder.name,
            uid_validity=folder.uid_validity,
            uid=message.uid,
            message_id=headers.message_id,
        ),
        subject=headers.subject[:_SUBJECT_CHARACTERS],
        sender=sender.address if sender else "",
        date=message.internal_date or headers.date or datetime.fromtimestamp(0, UTC),
    )


def _headers(message: FetchedMessage) -> Headers:
    return Headers.read(message.sections.get("HEADER.FIELDS", b""))
