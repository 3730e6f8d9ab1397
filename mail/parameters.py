"""A value with parameters, as in Content-Type and Content-Disposition (RFC 2045 §5.1)."""

import re
from collections.abc import Mapping

# A Content-Type of any mail program has a handful; more is an attack on the reader.
MAX_PARAMETERS = 100
_PARAMETER = re.compile(r""";\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_parameters(field: str) -> tuple[str, Mapping[str, str]]:
    """`text/plain; charset="utf-8"` as ("text/plain", {"charset": "utf-8"}); the first of a name wins."""
    value, semicolon, rest = field.partition(";")
    found: dict[str, str] = {}
    for name, text in _PARAMETER.findall(semicolon + rest):
        if len(found) == MAX_PARAMETERS:
            break
        found.setdefault(name.lower(), _unquoted(text))
    return value.strip().lower(), found


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text.strip()
    return _ESCAPED.sub(r"\1", text[1:].removesuffix('"'))
