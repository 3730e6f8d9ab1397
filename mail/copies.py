"""The same message in several folders, told once."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mail.correlation import letter_key
from mail.fetch import fetch_each
from mail.headers import Headers
from mail.imap.response import FetchedMessage
from mail.imap.session import ImapSession
from mail.newest import Sighting

# What the sender wrote and no server on the way changes. An id alone would let anybody hide another's message
# behind a message of his own.
_WRITTEN = ("Message-ID", "Date", "From", "Subject")
_ITEM = f"BODY.PEEK[HEADER.FIELDS ({' '.join(_WRITTEN).upper()})]<0.16384>"

Identities = Mapping[Sighting, str]


@dataclass(frozen=True, slots=True)
class Copies:
    """One message, wherever it lies; the copy that came last is the one to read."""

    sightings: tuple[Sighting, ...]

    @property
    def newest(self) -> Sighting:
        """The copy to read."""
        return self.sightings[0]

    @property
    def folders(self) -> tuple[str, ...]:
        """Every folder that holds it, that of the newest copy first."""
        return tuple(one.folder.name for one in self.sightings)


async def identities(session: ImapSession, sightings: Sequence[Sighting]) -> Identities:
    """What the copies of a message in other folders share, for those of the open folder that have an id."""
    fetched = await fetch_each(session, [one.uid for one in sightings], (_ITEM,))
    known = {message.uid: _identity(message) for message in fetched}
    return {one: known.get(one.uid, "") for one in sightings}


def gathered(found: Identities) -> list[Copies]:
    """Each message once, newest first; what lies in one folder twice is two messages."""
    groups: dict[tuple[object, ...], list[Sighting]] = {}
    numbers: Counter[tuple[str, str]] = Counter()
    for sighting in sorted(found, key=lambda one: one.age, reverse=True):
        identity, folder = found[sighting], sighting.folder.name
        number = numbers[identity, folder]
        numbers[identity, folder] += 1
        key = (identity, number) if identity else (folder, sighting.uid)
        groups.setdefault(key, []).append(sighting)
    return [Copies(tuple(sightings)) for sightings in groups.values()]


def _identity(message: FetchedMessage) -> str:
    headers = Headers.read(message.sections.get("HEADER.FIELDS", b""))
    if not headers.message_id:
        return ""
    written = "\0".join(headers.get(name) for name in _WRITTEN[1:])
    return letter_key(headers.message_id) + hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()
