"""The header fields of a message, read so that no bytes make it fail (RFC 5322 §2.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Self

from mail.address import MAX_ADDRESSES, HeaderAddress, parse_addresses
from mail.charset import decode
from mail.encoded_word import decode_words
from mail.parameters import parse_parameters

# Real header blocks end below 64 KiB (Exchange's are the longest); the rest is not looked at.
MAX_BLOCK = 256 * 1024
MAX_FIELDS = 2000
# One field: 16 KiB hold a thousand References.
MAX_VALUE = 16 * 1024
MAX_MESSAGE_IDS = 1000
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_FOLD = re.compile(rb"\r?\n(?=[ \t])|\r(?=[ \t])")
_END_OF_BLOCK = re.compile(rb"\r?\n\r?\n|\r\r")
_LINE_END = re.compile(rb"\r?\n|\r")
_MESSAGE_ID = re.compile(r"<([^<>]{1,998})>")  # RFC 5322 §2.1.1: no line is longer
_DATE_LENGTH = 128


@dataclass(frozen=True)
class Headers:
    """Header fields in the order of the message: names in lower case, values as they came but unfolded."""

    fields: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """The fields of a header block or of a whole message; lines that are no field are skipped."""
        block = raw[:MAX_BLOCK].lstrip(b"\r\n")
        block = _END_OF_BLOCK.split(block, maxsplit=1)[0]
        lines = _LINE_END.split(_FOLD.sub(b"", block))
        matches = ((line, _NAME.match(line)) for line in lines)
        fields = [(name[1].decode("ascii").lower(), line[name.end() :][:MAX_VALUE]) for line, name in matches if name]
        return cls(tuple(fields[:MAX_FIELDS]))

    def raw(self, name: str) -> tuple[str, ...]:
        """Every value of this name, unfolded, encoded words left as they are."""
        wanted = name.lower()
        return tuple(decode(value).strip() for key, value in self.fields if key == wanted)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of this name as a person reads it, without control characters."""
        return tuple(decode_words(value) for value in self.raw(name))

    def get(self, name: str) -> str:
        """The first value of this name as a person reads it; empty if there is none."""
        return next(iter(self.all(name)), "")

    def __contains__(self, name: str) -> bool:
        wanted = name.lower()
        return any(key == wanted for key, _ in self.fields)

    def addresses(self, name: str) -> tuple[HeaderAddress, ...]:
        """Every address in the fields of this name."""
        found = [address for value in self.raw(name) for address in parse_addresses(value)]
        return tuple(found[:MAX_ADDRESSES])

    def message_ids(self, name: str) -> tuple[str, ...]:
        """Every `<…>` in the fields of this name, each once; free text around them is ignored."""
        # Some programs fold inside an id, and some write ids as encoded words: both are undone.
        found = ("".join(one.split()) for value in self.all(name) for one in _MESSAGE_ID.findall(value))
        return tuple(dict.fromkeys(f"<{one}>" for one in found if one))[-MAX_MESSAGE_IDS:]

    def parameters(self, name: str) -> tuple[str, Mapping[str, str]]:
        """The value and the parameters of a field like Content-Type."""
        return parse_parameters(next(iter(self.raw(name)), ""))

    @cached_property
    def subject(self) -> str:
        """The subject as a person reads it."""
        return self.get("Subject")

    @cached_property
    def date(self) -> datetime | None:
        """When the sender says it was written, with a time zone (UTC where none is given)."""
        try:
            date = parsedate_to_datetime(self.get("Date")[:_DATE_LENGTH])
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            return None
        return date if date.tzinfo else date.replace(tzinfo=UTC)

    @cached_property
    def message_id(self) -> str:
        """The id with its angle brackets; empty if the message has none."""
        return next(iter(self.message_ids("Message-ID")), "")
