"""Strings and folder names as IMAP writes them (RFC 3501 §4.3, §5.1.3)."""

import binascii
import re

from mail.errors import InvalidContent

# RFC 3501 §9: CR, LF and NUL fit into no quoted string; sent as they are, they would end the command.
_FORBIDDEN = re.compile(r"[\r\n\0]")
# RFC 2683 §3.2.1.5: servers take lines of 8,000 octets; where longer ones come, many hang up without a word.
_LONGEST = 4_000
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_SHIFTED = re.compile(r"&([^-]*)(?:-|$)")


def quoted(text: str) -> bytes:
    r"""Text as a quoted string: `My "x"` becomes `"My \"x\""`; ASCII only."""
    _refuse_control_characters(text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return b'"' + escaped.encode("ascii") + b'"'


def string(text: str) -> bytes:
    """Text as a quoted string or, beyond ASCII, as a literal in UTF-8 (a quoted string has 7 bits)."""
    _refuse_long(text, "text to search for")
    _refuse_control_characters(text)
    return quoted(text) if text.isascii() else literal(text.encode("utf-8", "replace"))


def literal(octets: bytes) -> bytes:
    """Octets as a literal, its length ahead of it."""
    return b"{%d}\r\n%b" % (len(octets), octets)


def folder(name: str) -> bytes:
    """A folder's name as a command takes it: modified UTF-7, quoted."""
    if not name:
        raise InvalidContent("A folder name is empty.")
    _refuse_long(name, "folder name")
    _refuse_control_characters(name)
    return quoted(encode_utf7(name))


def encode_utf7(name: str) -> str:
    """A name in modified UTF-7: `Entwürfe & mehr` becomes `Entw&APw-rfe &- mehr`."""
    return _UNPRINTABLE.sub(lambda run: _shifted(run[0]), name.replace("&", "&-"))


def decode_utf7(name: bytes) -> str:
    """A name from modified UTF-7; what is no such thing is shown as it stands, for servers do send it."""
    return _SHIFTED.sub(_unshifted, name.decode("utf-8", "surrogateescape"))


def _shifted(run: str) -> str:
    # Lone surrogates pass: a folder that a server named so must stay reachable.
    encoded = binascii.b2a_base64(run.encode("utf-16-be", "surrogatepass"), newline=False)
    return "&" + encoded.decode("ascii").rstrip("=").replace("/", ",") + "-"


def _unshifted(run: re.Match[str]) -> str:
    if not run[1]:
        return "&"
    padded = run[1].replace(",", "/") + "=" * (-len(run[1]) % 4)
    try:
        return binascii.a2b_base64(padded, strict_mode=True).decode("utf-16-be", "surrogatepass")
    except ValueError:
        return run[0]


def _refuse_long(text: str, what: str) -> None:
    if len(text) > _LONGEST:
        raise InvalidContent(f"A {what} of {len(text):,} characters is too long; IMAP takes {_LONGEST:,}.")


def _refuse_control_characters(text: str) -> None:
    if found := _FORBIDDEN.search(text):
        # The text itself may be a password.
        raise InvalidContent(f"A line break or NUL at position {found.start()} is not allowed here.")
