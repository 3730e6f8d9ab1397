"""Messages fetched together; where the server stumbles over one of them, the others come all the same."""

from collections.abc import Sequence

from mail.errors import ServerUnavailable
from mail.imap.response import FetchedMessage
from mail.imap.session import ImapSession

# RFC 5530, and Microsoft's: the server means us and not a message. SERVERBUG is what Dovecot says of a broken file.
_NOT_NOW = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "THROTTLED"})


async def fetch_each(session: ImapSession, uids: Sequence[int], items: Sequence[str]) -> tuple[FetchedMessage, ...]:
    """These messages, left out where they are gone; one that the server cannot read comes with its UID alone."""
    try:
        return await session.fetch(uids, items)
    except ServerUnavailable as error:
        if session.closed or error.details.get("code") in _NOT_NOW:
            raise
    if len(uids) <= 1:
        return tuple(map(FetchedMessage, uids))
    middle = len(uids) // 2
    return await fetch_each(session, uids[:middle], items) + await fetch_each(session, uids[middle:], items)
