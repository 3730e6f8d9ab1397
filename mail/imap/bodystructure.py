"""BODYSTRUCTURE as a tree of parts, each with the section that fetches it (RFC 3501 §6.4.5, §7.4.2)."""

from collections.abc import Mapping
from typing import TypeGuard

from mail.imap.tokens import Atom
from mail.structure import BodyPart

# How many fields precede the extension data: text adds lines; a message its envelope, body and lines.
_BASIC, _TEXT, _MESSAGE = 7, 8, 10


def body_part(structure: Atom) -> BodyPart:
    """The whole message; a single part is section 1, a multipart at the top has no section of its own."""
    fields = _fields(structure)
    return _multipart(fields, "") if _is_multipart(fields) else _leaf(fields, "1")


def text(value: Atom) -> str:
    """A string as the server sent it: UTF-8 if it can be, else octet by octet."""
    if not isinstance(value, bytes):
        return str(value) if isinstance(value, int) else ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _part(fields: tuple[Atom, ...], section: str) -> BodyPart:
    return _multipart(fields, section) if _is_multipart(fields) else _leaf(fields, section)


def _multipart(fields: tuple[Atom, ...], section: str) -> BodyPart:
    inner = [field for field in fields if isinstance(field, tuple)][: _leading_lists(fields)]
    subtype, parameters, disposition = (_at(fields, len(inner) + offset) for offset in range(3))
    prefix = f"{section}." if section else ""
    return BodyPart(
        section=section,
        content_type=f"multipart/{text(subtype).lower() or 'mixed'}",
        parameters=_parameters(parameters),
        disposition=_disposition(disposition),
        disposition_parameters=_disposition_parameters(disposition),
        children=tuple(_part(part, f"{prefix}{number}") for number, part in enumerate(inner, start=1)),
    )


def _leaf(fields: tuple[Atom, ...], section: str) -> BodyPart:
    maintype, subtype, parameters, content_id, _, encoding, size = (_at(fields, index) for index in range(_BASIC))
    disposition = _at(fields, _extension(text(maintype).lower(), fields) + 1)  # behind the MD5
    content_type = f"{text(maintype)}/{text(subtype)}".lower()
    return BodyPart(
        section=section,
        content_type="text/plain" if content_type == "/" else content_type,  # RFC 2045 §5.2: what nobody can read
        parameters=_parameters(parameters),
        encoding=text(encoding).lower() or "7bit",
        size=size if isinstance(size, int) else 0,
        disposition=_disposition(disposition),
        disposition_parameters=_disposition_parameters(disposition),
        content_id=text(content_id),
    )


def _extension(maintype: str, fields: tuple[Atom, ...]) -> int:
    """Where the extension data begin."""
    if isinstance(_at(fields, _BASIC), tuple):  # an envelope: this part is a message
        return _MESSAGE
    return _TEXT if maintype == "text" else _BASIC


def _is_multipart(fields: tuple[Atom, ...]) -> bool:
    return isinstance(_at(fields, 0), tuple)


def _leading_lists(fields: tuple[Atom, ...]) -> int:
    return next((index for index, field in enumerate(fields) if not isinstance(field, tuple)), len(fields))


def _disposition(value: Atom) -> str:
    return text(_at(value, 0)).lower() if isinstance(value, tuple) else ""


def _disposition_parameters(value: Atom) -> Mapping[str, str]:
    return _parameters(_at(value, 1)) if isinstance(value, tuple) else {}


def _parameters(value: Atom) -> Mapping[str, str]:
    """Names and values in turn; names in lower case."""
    if not _is_list(value):
        return {}
    return {text(name).lower(): text(content) for name, content in zip(value[::2], value[1::2], strict=False)}


def _fields(value: Atom) -> tuple[Atom, ...]:
    if not _is_list(value):
        raise ValueError("a body structure is a list")
    return value


def _is_list(value: Atom) -> TypeGuard[tuple[Atom, ...]]:
    return isinstance(value, tuple)


def _at(fields: tuple[Atom, ...], index: int) -> Atom:
    return fields[index] if index < len(fields) else None
