"""Whether a reply comes from the domain it names as its author's."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Literal

from publicsuffixlist import PublicSuffixList

from mail.address import domain_of, normal_domain
from mail.authentication_results import AuthenticationResults, MethodResult, parse_authentication_results
from mail.dkim_signature import TxtLookup, signatures, verify
from mail.headers import Headers

# Hashing holds the whole letter in memory; servers rarely admit larger ones.
MAX_VERIFIED = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of the author's domain, and in one sentence why."""

    result: Literal["pass", "fail", "none"]
    method: Literal["dmarc", "dkim", ""]
    domain: str
    reason: str


async def authenticate(
    headers: Headers, *, trusted_authserv_ids: Collection[str], raw: bytes | None, dns: TxtLookup
) -> Verdict:
    """The verdict of a configured server if there is one, else that of the message's own signature."""
    domain = _author_domain(headers)
    if not domain:
        return Verdict("fail", "", "", "the message does not have exactly one author")
    believed = _believed_results(headers, trusted_authserv_ids)
    told = believed and _verdict_of_server(believed, domain)
    if told:
        return told
    if raw is None or len(raw) > MAX_VERIFIED or _author_domain(Headers.read(raw)) != domain:
        return Verdict("none", "", domain, "no trusted server checked the message")
    return await _verdict_of_signature(Headers.read(raw), raw, domain, dns)


def _author_domain(headers: Headers) -> str:
    """RFC 7489 §6.6.1: with several authors nobody can say which one the reader sees."""
    authors = headers.addresses("From")
    return domain_of(authors[0].address) if len(authors) == len(headers.raw("From")) == 1 else ""


def _believed_results(headers: Headers, trusted: Collection[str]) -> AuthenticationResults | None:
    """The top-most field of a trusted server; RFC 8601 §5: those below it may be forged."""
    names = {name.casefold() for name in trusted}
    fields = (parse_authentication_results(value) for value in headers.raw("Authentication-Results"))
    return next((field for field in fields if field.authserv_id in names), None)


def _verdict_of_server(believed: AuthenticationResults, domain: str) -> Verdict | None:
    by = f"according to {believed.authserv_id}"
    dmarc = believed.of("dmarc")
    if any(result.result == "fail" for result in dmarc):
        return Verdict("fail", "dmarc", domain, f"dmarc=fail {by}")
    if dmarc and all(_passes(result, domain, "header.from") for result in dmarc):
        return Verdict("pass", "dmarc", domain, f"dmarc=pass {by}")
    if any(_passes(result, domain, "header.d", "header.i") for result in believed.of("dkim")):
        return Verdict("pass", "dkim", domain, f"dkim=pass {by}")
    return None


def _passes(result: MethodResult, domain: str, *names: str) -> bool:
    identity = next((result.properties[name] for name in names if name in result.properties), "")
    return result.result == "pass" and _aligned(normal_domain(identity.rpartition("@")[2]), domain)


async def _verdict_of_signature(headers: Headers, raw: bytes, domain: str, dns: TxtLookup) -> Verdict:
    """One aligned signature that holds is enough (RFC 6376 §6.1)."""
    verdict = Verdict("none", "", domain, "neither a trusted server nor a signature vouches for the author")
    for signature in signatures(headers):
        if not _aligned(signature.domain, domain):
            continue
        outcome = await verify(raw, signature, dns)
        if outcome.result == "pass":
            return Verdict("pass", "dkim", domain, f"signed by {signature.domain}")
        verdict = Verdict(outcome.result, "dkim", domain, outcome.reason)
    return verdict


def _aligned(one: str, other: str) -> bool:
    """Relaxed alignment (RFC 7489 §3.1): the same organisational domain."""
    return bool(one) and _organisation(one) == _organisation(other)


def _organisation(domain: str) -> str:
    return _suffixes().privatesuffix(domain) or domain


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
