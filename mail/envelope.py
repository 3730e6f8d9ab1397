"""Addresses as SMTP takes them (RFC 5321 §4.1.2, RFC 6531), and the policy about them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from mail.address import domain_of, normal_domain
from mail.errors import InvalidContent

# dot-atom (RFC 5322 §3.2.3, RFC 6532 §3.2): quoted local parts are not in use and hide commas.
_LOCAL_PART = re.compile(r'[^\s.@"(),:;<>\[\]\\]+(?:\.[^\s.@"(),:;<>\[\]\\]+)*')
# Underscores occur inside companies, address literals in laboratories.
_DOMAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[(?:ipv6:)?[0-9a-f.:]+\]")
# RFC 5321 §4.5.3.1.1 and §4.5.3.1.2.
_LONGEST_LOCAL_PART = 64
_LONGEST_DOMAIN = 255


def wire_address(address: str) -> str:
    """One bare address, checked; its domain in ASCII unless the local part rules ASCII out anyway."""
    plain = unicodedata.normalize("NFC", address)
    local, _, domain = plain.rpartition("@")
    ascii_domain = normal_domain(domain)
    if not (_is_local_part(local) and _is_domain(ascii_domain)) or _has_invisible(plain):
        raise InvalidContent(f"{address[:100]!r} is not a mail address", address=address)
    return f"{local}@{ascii_domain}" if local.isascii() else plain


def needs_smtputf8(address: str) -> bool:
    """Whether only a server with SMTPUTF8 (RFC 6531) can take this address."""
    return not address.rpartition("@")[0].isascii()


def forbidden_recipients(recipients: Iterable[str], domains: Sequence[str]) -> tuple[str, ...]:
    """The recipients whose domain is none of those allowed; no domains given = all are allowed."""
    allowed = {normal_domain(domain.removeprefix("@")) for domain in domains}
    return tuple(one for one in recipients if allowed and domain_of(one) not in allowed)


def _is_local_part(local: str) -> bool:
    return len(local.encode("utf-8", "replace")) <= _LONGEST_LOCAL_PART and bool(_LOCAL_PART.fullmatch(local))


def _is_domain(domain: str) -> bool:
    return len(domain) <= _LONGEST_DOMAIN and bool(_DOMAIN.fullmatch(domain))


def _has_invisible(text: str) -> bool:
    return any(unicodedata.category(char)[0] in "CZ" for char in text)
