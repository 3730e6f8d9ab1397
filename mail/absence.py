"""What an automatic reply says of an absence: until when, and who may be asked meanwhile."""

import re
from collections.abc import Collection
from datetime import date

from mail.absence_words import AWAY, END_AFTER, END_BEFORE
from mail.address import normal_address
from mail.automatic_subject import AUTOMATIC_SUBJECT
from mail.written_date import WrittenDate, written_dates
from models.wait import Absence

# An absence is told in the first lines; what follows is a signature, an advertisement, or an attack.
_CHARACTERS = 4_000
# "I will be back in the office on Wednesday, the 5th": as far as an "until" reaches.
_REACH = 45
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[^\W\d_])|[。!?]")
# RFC 5321 §4.5.3.1 limits both halves; what people write in a note is simpler than what the standard admits.
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,200}\.[A-Za-z]{2,24}\b")


def read_absence(subject: str, text: str, today: date, known: Collection[str]) -> Absence | None:
    """The absence that an automatic reply of today tells of; None when it tells of none, such as a ticket's receipt.

    `known` are the addresses of the sender and our own: nobody of these stands in for the sender.
    """
    said = f"{subject}\n{text}"[:_CHARACTERS]
    ends = [one.date for one in written_dates(said, today) if _ends(said, one)]
    if not (ends or AUTOMATIC_SUBJECT.match(subject) or AWAY.search(said)):
        return None
    return Absence(until=max(ends, default=None), delegate=_delegate(text[:_CHARACTERS], known))


def _ends(said: str, written: WrittenDate) -> bool:
    before = _SENTENCE_END.split(said[max(0, written.start - _REACH) : written.start])[-1]
    return bool(END_BEFORE.search(before) or END_AFTER.match(said[written.end : written.end + _REACH]))


def _delegate(text: str, known: Collection[str]) -> str | None:
    not_meant = set(map(normal_address, known))
    named = (match[0] for match in _ADDRESS.finditer(text))
    return next((one for one in named if normal_address(one) not in not_meant), None)
