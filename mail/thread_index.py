"""Thread-Index of an answer: the question's, with one more child block ([MS-OXOMSG] §2.2.1.3)."""

import base64
import binascii
import hashlib
from datetime import UTC, datetime

# One reserved octet, five of date, sixteen of GUID; then five for each answer.
_HEADER = 22
_CHILD = 5
# Outlook itself stops threading long before; the field must fit on a line.
_LONGEST = 500
# FILETIME counts 100 ns from this day.
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_TICKS_A_MICROSECOND = 10
# A child tells the time since the header's in 31 bits: of up to 2**49 ticks (1.7 years) the upper ones.
_NEAR, _NEAR_SHIFT, _FAR_SHIFT = 1 << 49, 18, 23
_BITS = (1 << 31) - 1


def continued(thread_index: str, date: datetime, message_id: str) -> str:
    """The index of an answer of this date; empty where the question's is none."""
    question = _octets(thread_index)
    if not question:
        return ""
    begun = int.from_bytes(question[:6], "big") << 16
    return base64.b64encode(question + _child(max(0, _ticks(date) - begun), message_id)).decode("ascii")


def _octets(thread_index: str) -> bytes:
    try:
        octets = base64.b64decode("".join(thread_index.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
    whole = len(octets) >= _HEADER and (len(octets) - _HEADER) % _CHILD == 0
    return octets if whole and len(octets) <= _LONGEST else b""


def _child(elapsed: int, message_id: str) -> bytes:
    near = elapsed < _NEAR
    difference = (elapsed >> (_NEAR_SHIFT if near else _FAR_SHIFT)) & _BITS
    # The last octet is random, to tell answers of one moment apart; ours must be the same when composed again.
    return ((not near) << 31 | difference).to_bytes(4, "big") + hashlib.sha256(message_id.encode()).digest()[:1]


def _ticks(date: datetime) -> int:
    since = date.astimezone(UTC) - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * _TICKS_A_MICROSECOND
