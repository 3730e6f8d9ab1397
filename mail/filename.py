"""The name of an attachment, as its sender meant it (RFC 2183 §2.3, RFC 2231, RFC 2047)."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

from mail.charset import decode
from mail.encoded_word import decode_words
from mail.structure import BodyPart

# No file system takes a longer name; cutting for storage is the storage's business.
MAX_NAME = 1000
# RFC 2231 §3 sets no limit on the pieces of one value; no program writes more than a few.
MAX_PIECES = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def filename(part: BodyPart) -> str:
    """The name to show for this part; empty if it has none."""
    return next(iter(filename_candidates(part)), "")


def filename_candidates(part: BodyPart) -> tuple[str, ...]:
    """Every name the part claims, best first; more than one means that readers will disagree."""
    claims = (
        *_claims(part.disposition_parameters, "filename"),
        *_claims(part.parameters, "name"),
    )
    names = (_CONTROL.sub(" ", claim).strip()[:MAX_NAME] for claim in claims)
    return tuple(dict.fromkeys(name for name in names if name))


def _claims(parameters: Mapping[str, str], name: str) -> Iterator[str]:
    """The extended form stands before the plain one, as every current mail reader has it."""
    if f"{name}*" in parameters:
        yield _extended(parameters[f"{name}*"])
    if f"{name}*0" in parameters or f"{name}*0*" in parameters:
        yield _continued(parameters, name)
    if name in parameters:
        yield decode_words(parameters[name])  # forbidden by RFC 2047 §5, and everywhere


def _extended(value: str) -> str:
    charset, octets = _charset_and_octets(value)
    return decode(octets, charset)


def _continued(parameters: Mapping[str, str], name: str) -> str:
    charset, octets = "", b""
    for number in range(MAX_PIECES):
        encoded, plain = parameters.get(f"{name}*{number}*"), parameters.get(f"{name}*{number}")
        if encoded is not None and number == 0:
            charset, octets = _charset_and_octets(encoded)
        elif encoded is not None:
            octets += unquote_to_bytes(_encodable(encoded))
        elif plain is not None:
            octets += _encodable(plain).encode()
        else:
            break
    return decode(octets, charset)


def _charset_and_octets(value: str) -> tuple[str, bytes]:
    """`utf-8'en'na%C3%AFve.txt`; without the two apostrophes it is only percent-encoded."""
    charset, first, rest = value.partition("'")
    _language, second, text = rest.partition("'")
    if not (first and second):
        charset, text = "", value
    return charset, unquote_to_bytes(_encodable(text))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
