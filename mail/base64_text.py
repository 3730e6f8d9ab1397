"""Base64 as it arrives (RFC 2045 §6.8): broken lines, missing padding, several runs in a row."""

import binascii
import re

_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING = re.compile(rb"=+")


def decode_base64(data: bytes) -> bytes:
    """The bytes that were meant; what is not base64 is skipped, as RFC 2045 asks."""
    return b"".join(_run(run) for run in _PADDING.split(_FOREIGN.sub(b"", data)))


def _run(run: bytes) -> bytes:
    whole = run[:-1] if len(run) % 4 == 1 else run  # a lone last character carries no octet
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
