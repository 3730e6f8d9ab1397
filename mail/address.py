"""Mail addresses in header fields (RFC 5322 §3.4), and how two of them are compared."""

import re
import unicodedata
from dataclasses import dataclass, field

import idna

from mail.encoded_word import decode_words

# More recipients than any server admits in one letter (RFC 5321 §4.5.3.1.8 asks for 100).
MAX_ADDRESSES = 1000
# RFC 5321 §4.5.3.1: 64 octets of local part, "@", 255 of domain.
MAX_ADDRESS_LENGTH = 320
_LEXEME = re.compile(r'"(?:[^"\\]|\\.)*"?|\\.?|[(),:;<>]|[^"\\(),:;<>]+', re.DOTALL)
_NOT_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f<>(),;]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HeaderAddress:
    """One address of a header field and the name in front of it, decoded."""

    name: str
    address: str


def parse_addresses(field_value: str) -> tuple[HeaderAddress, ...]:
    """The addresses of an undecoded header value; names are decoded after the commas were read."""
    reader = _Reader()
    for lexeme in _LEXEME.findall(field_value):
        reader.take(lexeme)
        if len(reader.found) >= MAX_ADDRESSES:
            break
    reader.finish()
    return tuple(reader.found[:MAX_ADDRESSES])


def normal_address(address: str) -> str:
    """The form in which addresses are compared: no case, domain in ASCII (IDNA)."""
    plain = unicodedata.normalize("NFC", address.strip().removeprefix("<").removesuffix(">"))
    local, at, domain = plain.rpartition("@")
    return f"{local.casefold()}{at}{normal_domain(domain)}" if at else plain.casefold()


def normal_domain(domain: str) -> str:
    """A domain in lower-case ASCII, without the root's dot; as it stands where IDNA has no form for it."""
    plain = domain.strip().rstrip(".").lower()
    if plain.isascii() or len(plain) > MAX_ADDRESS_LENGTH:
        return plain
    try:
        return idna.encode(plain, uts46=True).decode("ascii")
    except UnicodeError:
        return plain


def domain_of(address: str) -> str:
    """The domain behind the last "@", comparable; empty without one."""
    return normal_domain(address.rpartition("@")[2]) if "@" in address else ""


@dataclass(slots=True)
class _Reader:
    """An address list, lexeme by lexeme: comments may nest, brackets and groups may not."""

    found: list[HeaderAddress] = field(default_factory=list[HeaderAddress])
    phrase: str = ""
    comment: str = ""
    comment_depth: int = 0
    route: str | None = None  # what stands between "<" and ">"
    bracketed: bool = False  # this mailbox had its <address>

    def take(self, lexeme: str) -> None:
        if self.comment_depth or lexeme == "(":
            self._comment(lexeme)
        elif lexeme == "<":
            self.route = ""
        elif lexeme == ">":
            self._close_bracket()
        elif self.route is not None:
            self.route += lexeme
        elif lexeme in {",", ";"}:
            self.finish()
        elif lexeme == ":":
            self.phrase = ""  # that was the name of a group
        else:
            self.phrase += lexeme

    def finish(self) -> None:
        """End of one mailbox; a lone `john@example.org (John)` has its name in the comment."""
        if self.route is not None:
            self._close_bracket()
        if not self.bracketed:
            self._keep(self.comment, self.phrase)
        self.phrase, self.comment, self.bracketed = "", "", False

    def _comment(self, lexeme: str) -> None:
        self.comment_depth += {"(": 1, ")": -1}.get(lexeme, 0)
        if lexeme not in {"(", ")"}:
            self.comment += lexeme

    def _close_bracket(self) -> None:
        if self.route is None:
            return
        # RFC 5322 §4.4: a source route `@relay:` in front is obsolete and means nothing.
        address = self.route.rpartition(":")[2] if self.route.lstrip().startswith("@") else self.route
        self._keep(self.phrase, address)
        self.route, self.phrase, self.bracketed = None, "", True

    def _keep(self, phrase: str, address: str) -> None:
        spec = address.strip()
        if _is_address(spec):
            self.found.append(HeaderAddress(_name(phrase), spec))


def _is_address(spec: str) -> bool:
    local, at, domain = spec.rpartition("@")
    odd = _NOT_IN_ADDRESS.search(domain if local.startswith('"') else spec)
    return bool(local and at and domain) and not odd and len(spec) <= MAX_ADDRESS_LENGTH


def _name(phrase: str) -> str:
    words = _LEXEME.sub(lambda lexeme: _unquoted(lexeme[0]), phrase)
    return " ".join(decode_words(words).split())


def _unquoted(lexeme: str) -> str:
    if not lexeme.startswith('"'):
        return lexeme
    return _ESCAPED.sub(r"\1", lexeme[1:].removesuffix('"'))
