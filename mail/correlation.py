"""What ties a reply or a report to the letter it answers, as short keys that can be compared."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from itertools import islice

from mail.headers import Headers

# 128 bits: no two of a mailbox's letters share a key, and a register of thousands stays small.
_KEY_BYTES = 16
# 80 bits cannot be guessed by mail, and fill sixteen characters of base32 exactly.
_TOKEN_BYTES = 10
# [MS-OXOMSG] §2.2.1.3: one reserved byte 0x01, five of date, sixteen of GUID.
_INDEX_HEAD = b"\x01" + bytes(5)  # no date: the same letter has the same index whenever it is composed
_GUID = slice(6, 22)
# A letter that answers more than this is a digest or an attack.
MAX_KEYS = 200

_TOKEN = re.compile(r"\+r\.([a-z2-7]{16})@", re.IGNORECASE)
_RECIPIENT_FIELDS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "Resent-To")
# Where a returned copy of our letter shows the token it was sent with.
_SENDER_FIELDS = ("Return-Path", "Reply-To", "Sender", "From")
_ANSWERED_FIELDS = (
    "In-Reply-To",
    "References",
    "X-Microsoft-Original-Message-ID",  # Exchange Online, where it rewrote the id
    "X-Original-Message-ID",
    "X-MS-Exchange-Parent-Message-Id",
    "X-Forwarded-Message-Id",  # Thunderbird
    "Original-Message-ID",  # RFC 8098 §3.2.5
)


def letter_key(message_id: str) -> str:
    """The key of a letter: 26 characters that stand for its Message-ID."""
    return _text(_digest(message_id))


def thread_index(message_id: str) -> str:
    """A Thread-Index for an outgoing letter; Outlook's answers carry it on, even without References."""
    return base64.b64encode(_INDEX_HEAD + _digest(message_id)).decode("ascii")


def reply_token(key: bytes, message_id: str) -> str:
    """The token that only a holder of this letter knows; without the account's key nobody can make one."""
    signature = hmac.digest(key, b"reply-token\0" + _normal_id(message_id), "sha256")
    return _text(signature[:_TOKEN_BYTES])


def tagged_address(address: str, token: str) -> str:
    """Our address with the token in it: `soc@example.org` becomes `soc+r.<token>@example.org`."""
    local, _, domain = address.rpartition("@")
    if local.endswith('"'):
        return f'{local[:-1]}+r.{token}"@{domain}'
    return f"{local}+r.{token}@{domain}"


def untagged_address(address: str) -> str:
    """The address without a token: what `tagged_address` was given, as any other address stays as it is."""
    return _TOKEN.sub("@", address)


def reply_keys(headers: Headers, returned: Headers | None = None) -> tuple[str, ...]:
    """Every key that a message carries, strongest first; `returned` is the copy inside a report."""
    keys = dict.fromkeys(_keys(headers, returned or Headers()))
    return tuple(islice(keys, MAX_KEYS))


def _keys(headers: Headers, returned: Headers) -> Iterator[str]:
    yield from _token_keys(headers, _RECIPIENT_FIELDS)
    yield from _token_keys(returned, _SENDER_FIELDS)
    yield from _letter_keys(headers)
    yield from _thread_index_keys(headers)
    yield from (letter_key(one) for one in returned.message_ids("Message-ID"))
    yield from _letter_keys(returned)


def _token_keys(headers: Headers, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for value in headers.raw(name):
            yield from (f"token:{token.lower()}" for token in _TOKEN.findall(value))


def _letter_keys(headers: Headers) -> Iterator[str]:
    for name in _ANSWERED_FIELDS:
        # The newest reference stands last (RFC 5322 §3.6.4).
        yield from (letter_key(one) for one in reversed(headers.message_ids(name)))


def _thread_index_keys(headers: Headers) -> Iterator[str]:
    for value in headers.raw("Thread-Index"):
        try:
            index = base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(index[_GUID]) == _KEY_BYTES:
            yield _text(index[_GUID])


def _digest(message_id: str) -> bytes:
    return hashlib.sha256(_normal_id(message_id)).digest()[:_KEY_BYTES]


def _normal_id(message_id: str) -> bytes:
    """Without brackets and white space, in lower case: servers on the way change all three."""
    plain = "".join(message_id.split()).removeprefix("<").removesuffix(">")
    return plain.lower().encode("utf-8", "replace")


def _text(octets: bytes) -> str:
    return base64.b32encode(octets).decode("ascii").rstrip("=").lower()
