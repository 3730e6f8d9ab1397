"""Header fields of our letters, written so that no value can become another field (RFC 5322 §2.2)."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

from mail.base64_text import decode_base64
from mail.envelope import wire_address
from mail.errors import InvalidContent
from models.address import Address

# RFC 5322 §2.1.1: lines should stay under the first and must stay under the second.
_LINE = 78
LONGEST_LINE = 998
# Leaves room for the name of the field in front of it.
_LONGEST_PLAIN_WORD = 900
# Octets of text per encoded word: as base64, with its frame, it fits in 76 behind "Reply-To: " (RFC 2047 §2).
_WORD_OCTETS = 36
# C0, DEL, C1, line and paragraph separator; lone surrogates have no octets at all.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_OCTET = re.compile(rb"[\x00-\x1f\x7f]")
_ENCODED_WORD = re.compile(r"=\?[^?\s]*\?([bBqQ])\?([^?]*)\?=")
_PLAIN_ID = re.compile(r"<[!-;=?-~]{1,900}>")  # no longer than a plain word
_FIELD_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 §3.6.8
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")  # RFC 5322 §3.2.3
_ESCAPED_IN_QUOTES = re.compile(r'(["\\])')


def text_field(name: str, text: str, *, utf8: bool = False) -> str:
    """A field of free text, such as Subject; encoded words where plain words would not come back the same."""
    _refuse_control(name, text)
    return _folded(name, text.split(" ") if _is_plain(text, utf8=utf8) else _encoded_words(text))


def address_field(name: str, mailboxes: Iterable[Address], *, utf8: bool = False) -> str:
    """A field of addresses, such as To."""
    written = [_mailbox_words(name, mailbox, utf8=utf8) for mailbox in mailboxes]
    for words in written[:-1]:
        words[-1] += ","
    return _folded(name, (word for words in written for word in words))


def id_field(name: str, ids: Iterable[str]) -> str:
    """A field of message ids: never encoded, broken at spaces only, because threads hang on it."""
    listed = " ".join(ids)
    _refuse_control(name, listed)
    if not listed.isascii() or not listed.startswith("<") or not listed.endswith(">"):
        raise InvalidContent(f"{name}: {listed[:100]!r} is no message id", field=name)
    return _folded(name, listed.split())


def is_plain_id(message_id: str) -> bool:
    """Whether an id of others can be written as it is; one that had to be encoded would break threads."""
    return bool(_PLAIN_ID.fullmatch(message_id)) and "=?" not in message_id


def refuse_bad_name(name: str) -> None:
    """Stop at what cannot be the name of a field."""
    if not _FIELD_NAME.fullmatch(name):
        raise InvalidContent(f"{name[:100]!r} cannot be the name of a header field", field=name)


def _mailbox_words(field: str, mailbox: Address, *, utf8: bool) -> list[str]:
    _refuse_control(field, mailbox.name)
    address = wire_address(mailbox.address)
    return [*_phrase(mailbox.name, utf8=utf8), f"<{address}>"] if mailbox.name else [address]


def _phrase(name: str, *, utf8: bool) -> list[str]:
    """A display name: atoms, a quoted string or encoded words, whichever is the first to do."""
    if not _is_plain(name, utf8=utf8):
        return list(_encoded_words(name))
    if _ATOMS.fullmatch(name):
        return name.split(" ")
    quoted = '"' + _ESCAPED_IN_QUOTES.sub(r"\\\1", name) + '"'
    return [quoted] if len(quoted.encode()) <= _LONGEST_PLAIN_WORD else list(_encoded_words(name))


def _is_plain(text: str, *, utf8: bool) -> bool:
    """Whether the text survives folding as it stands and cannot be taken for encoded words."""
    return (
        (utf8 or text.isascii())
        and "=?" not in text
        and text == " ".join(text.split())
        and all(len(word.encode()) <= _LONGEST_PLAIN_WORD for word in text.split(" "))
    )


def _encoded_words(text: str) -> Iterator[str]:
    """The text as encoded words (RFC 2047), each of whole characters."""
    octets = b""
    for char in text:
        if len(octets + char.encode()) > _WORD_OCTETS:
            yield _encoded_word(octets)
            octets = b""
        octets += char.encode()
    yield _encoded_word(octets)


def _encoded_word(octets: bytes) -> str:
    return f"=?utf-8?b?{base64.b64encode(octets).decode('ascii')}?="


def _folded(name: str, words: Iterable[str]) -> str:
    lines = [f"{name}:"]
    for word in words:
        # The opening line always takes a word: a line of white space alone is obsolete syntax.
        if len(lines[-1]) + 1 + len(word) > _LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    if any(len(line.encode()) > LONGEST_LINE for line in lines):
        raise InvalidContent(f"{name} holds a word that is too long for a line of mail", field=name)
    return "\r\n".join(lines)


def _refuse_control(name: str, text: str) -> None:
    if _CONTROL.search(text) or any(_CONTROL_OCTET.search(octets) for octets in _hidden(text)):
        raise InvalidContent(f"{name} holds a control character", field=name)


def _hidden(text: str) -> Iterator[bytes]:
    """What encoded words in the text would become at a reader that decodes them (CVE-2024-6923)."""
    for encoding, word in _ENCODED_WORD.findall(text):
        octets = word.encode()
        yield decode_base64(octets) if encoding in "bB" else binascii.a2b_qp(octets, header=True)
