"""Whether a reply comes from the domain it names as its author's."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Literal

from publicsuffixlist import PublicSuffixList

from mail.address import domain_of, normal_domain
from mail.arc_chain import sealed_by, sealed_results
from mail.authentication_results import AuthenticationResults, MethodResult, parse_authentication_results
from mail.dkim_signature import Signature, TxtLookup, signatures, verify
from mail.headers import Headers
from mail.policy import Policy

# Hashing holds the whole letter in memory; servers rarely admit larger ones.
MAX_VERIFIED = 40 * 1024 * 1024
# A reply waits for its judgement, and whoever signs decides how fast his name servers are.
PATIENCE_SECONDS = 15.0

# Loads the whole message; None when it is gone, or too large to be verified.
LoadMessage = Callable[[], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of the author's domain, and in one sentence why."""

    result: Literal["pass", "fail", "none"]
    method: Literal["dmarc", "dkim", "arc", ""]
    domain: str
    reason: str


async def authenticate(
    headers: Headers, policy: Policy, *, load: LoadMessage, dns: TxtLookup, patience: float = PATIENCE_SECONDS
) -> Verdict:
    """The verdict of a configured server if there is one, else what seals and the author's signature prove."""
    domain = _author_domain(headers)
    if not domain:
        return Verdict("fail", "", "", "the message does not have exactly one author")
    believed = _believed_results(headers, policy.trusted_authserv_ids)
    told = _verdict_of_server(believed, domain) if believed else None
    if told and told.result == "pass":
        return told
    proof = _Proof(headers, domain, policy.trusted_arc_sealers, dns)
    if not (proof.is_sealed or (proof.is_signed and not told)):
        return told or Verdict("none", "", domain, "neither a trusted server nor a signature vouches for the author")
    try:
        return await _proven(proof, told, await load(), patience)
    except TimeoutError:
        return told or Verdict("none", "", domain, "the signers' keys could not be looked up in time")


async def _proven(proof: "_Proof", told: Verdict | None, raw: bytes | None, patience: float) -> Verdict:
    """What the letter itself proves; a trusted server's "no" gives way to a seal alone."""
    if raw is None or len(raw) > MAX_VERIFIED or _author_domain(Headers.read(raw)) != proof.domain:
        return told or Verdict("none", "", proof.domain, "the message is gone, or too large to be verified")
    async with asyncio.timeout(patience):
        return await proof.of_sealers(raw) or told or await proof.of_author(raw)


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


@dataclass(frozen=True, slots=True)
class _Proof:
    """What signatures of a message prove of its author; its keys are looked up."""

    headers: Headers
    domain: str
    sealers: Collection[str]
    dns: TxtLookup

    @property
    def is_sealed(self) -> bool:
        return sealed_by(self.headers, self.sealers)

    @property
    def is_signed(self) -> bool:
        return bool(self._signatures)

    async def of_sealers(self, raw: bytes) -> Verdict | None:
        """RFC 8617 §7.2.2: what a trusted sealer saw before a forwarder broke it goes before what we see."""
        for results in await sealed_results(Headers.read(raw), raw, self.sealers, self.dns):
            verdict = _verdict_of_server(results, self.domain)
            if verdict and verdict.result == "pass":
                return Verdict("pass", "arc", self.domain, f"{verdict.reason}, sealed by a trusted server")
        return None

    async def of_author(self, raw: bytes) -> Verdict:
        """One aligned signature that holds is enough (RFC 6376 §6.1)."""
        verdict = Verdict("none", "", self.domain, "the author's domain did not sign the message")
        for signature in self._signatures:
            outcome = await verify(raw, signature, self.dns)
            if outcome.result == "pass":
                return Verdict("pass", "dkim", self.domain, f"signed by {signature.domain}")
            verdict = Verdict(outcome.result, "dkim", self.domain, outcome.reason)
        return verdict

    @property
    def _signatures(self) -> tuple[Signature, ...]:
        return tuple(one for one in signatures(self.headers) if _aligned(one.domain, self.domain))


def _aligned(one: str, other: str) -> bool:
    """Relaxed alignment (RFC 7489 §3.1): the same organisational domain."""
    return bool(one) and _organisation(one) == _organisation(other)


def _organisation(domain: str) -> str:
    return _suffixes().privatesuffix(domain) or domain


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
