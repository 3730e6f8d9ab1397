"""What ties a reply or a report to the letter it answers, as short keys that can be compared."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from itertools import islice

from mail.address import normal_address
from mail.base_subject import answered_subjects, base_subject
from mail.headers import Headers

# 128 bits: no two of a mailbox's letters share a key, and a register of thousands stays small.
_KEY_BYTES = 16
# 80 bits cannot be guessed by mail, and fill sixteen characters of base32 exactly.
_TOKEN_BYTES = 10
# [MS-OXOMSG] §2.2.1.3: one reserved byte 0x01, five of date, sixteen of GUID.
_INDEX_HEAD = b"\x01" + bytes(5)  # no date: the same letter has the same index whenever it is composed
_GUID = slice(6, 22)
_PROOF = "token:"
# A letter that answers more than this is a digest or an attack.
MAX_KEYS = 200

# Behind any separator or none; "=" follows where a forwarder has put our address into its own (SRS, VERP of lists).
_TOKEN = re.compile(r'(?<![a-z0-9])r\.([a-z2-7]{16})(?="?@|=)', re.IGNORECASE)
_TAG = re.compile(r'[-+=_.#~]?(?<![a-z0-9])r\.[a-z2-7]{16}(?="?@)', re.IGNORECASE)
# Where the address may stand that a message was really sent to; the first are the most frequent.
RECIPIENT_FIELDS = (
    "To",
    "Cc",
    "Delivered-To",  # Postfix, Gmail, qmail
    "X-Original-To",  # Postfix
    "Envelope-To",  # Exim
    "X-Envelope-To",
    "X-Delivered-To",  # Fastmail
    "X-Forwarded-To",  # Gmail
    "Resent-To",
    "Resent-Cc",
)
# Where a returned copy of our letter shows the token it was sent with.
_SENDER_FIELDS = ("Return-Path", "Reply-To", "Sender", "From")
ANSWERED_FIELDS = (
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


def token_key(token: str) -> str:
    """The key of a token; relays may have changed its case."""
    return f"{_PROOF}{token.lower()}"


def is_token_key(key: str) -> bool:
    """Whether a key is proof of having the letter, and not only of knowing its id."""
    return key.startswith(_PROOF)


def token_of(key: str) -> str:
    """The token of a key; empty where it is another kind of key."""
    return key.removeprefix(_PROOF) if is_token_key(key) else ""


def subject_key(sender: str, subject: str) -> str:
    """The key of an answer that nothing ties to our letter but this sender and its subject; empty = no such key."""
    base = base_subject(subject)
    return _subject_key(sender, base) if base else ""


def subject_keys(headers: Headers) -> tuple[str, ...]:
    """The keys of every letter that this one may answer by its sender and its subject."""
    bases = tuple(answered_subjects(headers.subject))
    return tuple(_subject_key(one.address, base) for one in headers.addresses("From") for base in bases)[:MAX_KEYS]


def tagged_address(address: str, token: str, *, separator: str = "+", domain: str = "") -> str:
    """Our address with the token in it: `soc+r.<token>@example.org`, or `r.<token>@` the domain for tokens."""
    if domain:
        return f"r.{token}@{domain}"
    local, _, own_domain = address.rpartition("@")
    if local.endswith('"'):
        return f'{local[:-1]}{separator}r.{token}"@{own_domain}'
    return f"{local}{separator}r.{token}@{own_domain}"


def untagged_address(address: str) -> str:
    """The address without a token; nothing is left before "@" where the token was all."""
    return _TAG.sub("", address)


def reply_keys(headers: Headers, returned: Headers | None = None) -> tuple[str, ...]:
    """Every key that a message carries, strongest first; `returned` is the copy inside a report."""
    keys = dict.fromkeys(_keys(headers, returned or Headers()))
    return tuple(islice(keys, MAX_KEYS))


def _keys(headers: Headers, returned: Headers) -> Iterator[str]:
    yield from _token_keys(headers, RECIPIENT_FIELDS)
    yield from _token_keys(returned, _SENDER_FIELDS)
    yield from _letter_keys(headers)
    yield from _thread_index_keys(headers)
    yield from (letter_key(one) for one in returned.message_ids("Message-ID"))
    yield from _letter_keys(returned)


def _token_keys(headers: Headers, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for value in headers.raw(name):
            yield from map(token_key, _TOKEN.findall(value))


def _letter_keys(headers: Headers) -> Iterator[str]:
    for name in ANSWERED_FIELDS:
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


def _subject_key(sender: str, base: str) -> str:
    said = f"{normal_address(sender)}\0{base}".encode("utf-8", "replace")
    return f"subject:{_text(hashlib.sha256(said).digest()[:_KEY_BYTES])}"


def _digest(message_id: str) -> bytes:
    return hashlib.sha256(_normal_id(message_id)).digest()[:_KEY_BYTES]


def _normal_id(message_id: str) -> bytes:
    """Without brackets and white space, in lower case: servers on the way change all three."""
    plain = "".join(message_id.split()).removeprefix("<").removesuffix(">")
    return plain.lower().encode("utf-8", "replace")


def _text(octets: bytes) -> str:
    return base64.b32encode(octets).decode("ascii").rstrip("=").lower()
