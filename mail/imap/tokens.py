"""Numbers, strings, NIL and parenthesised lists, as responses carry them (RFC 3501 §4)."""

import re

from mail.imap.wire import Response

# A list is a tuple, text is bytes, NIL is None.
Atom = int | bytes | None | tuple["Atom", ...]

# Possessive, so that no text is read twice. A word holds brackets with spaces in them: BODY[HEADER.FIELDS (TO)]<0>.
_TOKEN = re.compile(rb'[()]|"(?:[^"\\]++|\\.)*+"|(?:[^\s()"\[]++|\[[^\]]*+\])++|\S', re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\])')
# What _TOKEN finds alone where the other end is missing.
_UNCLOSED = frozenset({b'"', b"["})


def values(data: Response) -> tuple[Atom, ...]:
    """What stands in a response, however deep; ValueError where parentheses, brackets or quotes do not match."""
    nested: list[list[Atom]] = [[]]
    for place, piece in enumerate(data):
        if place % 2:
            nested[-1].append(piece)
        else:
            last = place == len(data) - 1
            _read(piece if last else _before_literal(piece), nested)
    if len(nested) > 1:
        raise ValueError("a parenthesis is not closed")
    return tuple(nested[0])


def _read(text: bytes, nested: list[list[Atom]]) -> None:
    """Put what the text says into the innermost open list."""
    for found in _TOKEN.finditer(text):  # one by one: behind what is not closed nothing must be looked for
        token = found[0]
        if token == b"(":
            nested.append([])
        elif token != b")":
            nested[-1].append(_value(token))
        elif len(nested) > 1:
            inner = tuple(nested.pop())
            nested[-1].append(inner)
        else:
            raise ValueError("a parenthesis was never opened")


def _value(token: bytes) -> Atom:
    if token in _UNCLOSED:
        raise ValueError("a quote or bracket is not closed")
    if token.startswith(b'"'):
        return _ESCAPED.sub(rb"\1", token[1:-1])
    if token.isdigit():
        return int(token)
    return None if token.upper() == b"NIL" else token


def _before_literal(text: bytes) -> bytes:
    return text[: text.rindex(b"{")]
