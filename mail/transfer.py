"""Content-Transfer-Encodings undone chunk by chunk (RFC 2045 §6), with the same outcome as all at once."""

import binascii
import re
import string
from typing import Protocol

from mail.base64_text import decode_base64

# RFC 2045 §6.7 allows 76 characters; what has no line end for so long is cut where no escape is cut.
LONGEST_LINE = 64 * 1024
# Taken out by table, this costs a tenth of what a pattern does: a large file has a line end every 76 octets.
_NOT_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + string.digits.encode() + b"+/="))
# An escape whose end has not come yet: "=" or "=4".
_OPEN_ESCAPE = re.compile(rb"=+[^=]?\Z")


class TransferDecoder(Protocol):
    """Takes octets as transferred, gives octets as meant."""

    def feed(self, octets: bytes) -> bytes:
        """What can be told with this chunk."""
        ...

    def finish(self) -> bytes:
        """What was held back for more to come."""
        ...


def transfer_decoder(encoding: str) -> TransferDecoder:
    """The decoder for an encoding; unknown ones count as 8bit."""
    match encoding.strip().lower():
        case "base64":
            return _Base64()
        case "quoted-printable":
            return _QuotedPrintable()
        case _:
            return _Identity()


class _Identity:
    def feed(self, octets: bytes) -> bytes:
        return octets

    def finish(self) -> bytes:
        return b""


class _Base64:
    """Four characters make three octets; padding ends a run, and another may follow."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        text = self._held + octets.translate(None, _NOT_BASE64)
        ended, padding, run = text.rpartition(b"=")
        whole = len(run) - len(run) % 4
        self._held = run[whole:]
        return decode_base64(ended + padding) + binascii.a2b_base64(run[:whole])

    def finish(self) -> bytes:
        return decode_base64(self._held)


class _QuotedPrintable:
    """No escape reaches beyond a line end, so whole lines can be decoded."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        text = self._held + octets
        end = text.rfind(b"\n") + 1
        if len(text) - end > LONGEST_LINE:
            escape = _OPEN_ESCAPE.search(text, max(end, len(text) - LONGEST_LINE))
            end = escape.start() if escape else len(text)
        self._held = text[end:]
        return binascii.a2b_qp(text[:end])

    def finish(self) -> bytes:
        return binascii.a2b_qp(self._held)
