"""The Authentication-Results field (RFC 8601), read leniently: real ones break its grammar in many ways."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Comments hide nothing that counts, and may nest; strings may hold anything.
_LEXEME = re.compile(r'"(?:[^"\\]|\\.)*"?|\\.?|[();]|[^"\\();]+', re.DOTALL)
_METHOD = re.compile(r"\s*([A-Za-z][\w-]{0,40})\s*(?:/\s*\d{1,3}\s*)?=\s*([A-Za-z]\w{0,20})")
_PROPERTY = re.compile(r'([A-Za-z][\w-]{0,40}\.[A-Za-z][\w-]{0,40})\s*=\s*("(?:[^"\\]|\\.)*"?|[^\s;"]+)')


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One method's result, such as dmarc=pass, with properties such as header.from."""

    method: str
    result: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """What one server found, and its name."""

    authserv_id: str
    results: tuple[MethodResult, ...]

    def of(self, method: str) -> tuple[MethodResult, ...]:
        """The results of this method."""
        return tuple(result for result in self.results if result.method == method)


def parse_authentication_results(value: str) -> AuthenticationResults:
    """The field's value; what is no result is skipped, a missing server name stays empty."""
    first, *others = _clauses(value)
    named = not _METHOD.match(first)  # Exchange Online writes results without its name
    results = (_result(clause) for clause in (others if named else [first, *others]))
    authserv_id = first.split()[0].strip('"').casefold() if named and first.split() else ""
    return AuthenticationResults(authserv_id, tuple(result for result in results if result))


def _clauses(value: str) -> list[str]:
    """The value without comments, cut at the semicolons that stand outside of strings."""
    return "".join(_uncommented(value)).split("\0")


def _uncommented(value: str) -> Iterator[str]:
    depth = 0
    for lexeme in _LEXEME.findall(value.replace("\0", "")):
        if lexeme == "(":
            depth += 1
        elif lexeme == ")":
            depth = max(0, depth - 1)
        elif not depth:
            yield "\0" if lexeme == ";" else lexeme


def _result(clause: str) -> MethodResult | None:
    match = _METHOD.match(clause)
    if not match:
        return None
    found: dict[str, str] = {}
    for name, value in _PROPERTY.findall(clause[match.end() :]):
        found.setdefault(name.lower(), value.strip('"'))
    return MethodResult(match[1].lower(), match[2].lower(), found)
