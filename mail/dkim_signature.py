"""DKIM signatures of a message, verified by ourselves (RFC 6376); besides arc_chain.py nothing imports dkimpy."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import dkim

from mail.address import normal_domain
from mail.errors import MailError
from mail.headers import Headers

# Answers the TXT records of a name, each with its strings joined; none if there are none.
TxtLookup = Callable[[str], Awaitable[list[bytes]]]

# Each costs a look-up at a name that the sender chose; two are usual (RSA and Ed25519).
MAX_SIGNATURES = 5
# RFC 8301 §3.2: shorter keys are not to be believed.
SHORTEST_KEY_BITS = 1024
_ALGORITHMS = frozenset({"rsa-sha256", "ed25519-sha256"})
_TAG = re.compile(r"\s*([A-Za-z]\w{0,20})\s*=([^;]*)")
_DOMAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,30}")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature field, or one of ARC's, which are made alike: its tags, its place among them."""

    tags: Mapping[str, str]
    index: int = 0

    @property
    def domain(self) -> str:
        """Who signs (d=)."""
        return normal_domain(self.tags.get("d", ""))

    @property
    def key_name(self) -> str:
        """Where the signer's key is published."""
        return f"{self.tags.get('s', '')}._domainkey.{self.domain}"

    @property
    def names_a_key(self) -> bool:
        """Whether that is a name that may be looked up."""
        return bool(_DOMAIN_NAME.fullmatch(self.key_name))

    def defect(self) -> str:
        """Why this signature is refused before it is verified; empty if it is not."""
        if self.tags.get("a", "").lower() not in _ALGORITHMS:
            return "the signature's algorithm is not accepted (RFC 8301 §3.1)"
        if "l" in self.tags:
            return "the signature covers only part of the body (l=)"
        if "from" not in self.tags.get("h", "").lower().split(":"):
            return "the signature does not cover the author (RFC 6376 §5.4)"
        if not self.names_a_key:
            return "the signature names no valid key"
        return ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a signature holds; "none" if that cannot be found out."""

    result: Literal["pass", "fail", "none"]
    reason: str


def signatures(headers: Headers) -> tuple[Signature, ...]:
    """The signatures of a message, top-most first."""
    values = headers.raw("DKIM-Signature")[:MAX_SIGNATURES]
    return tuple(parse_signature(value, index) for index, value in enumerate(values))


def parse_signature(value: str, index: int = 0) -> Signature:
    """RFC 6376 §3.2: `v=1; a=rsa-sha256; …`; white space within a value means nothing here."""
    found: dict[str, str] = {}
    for piece in value.split(";"):
        tag = _TAG.match(piece)
        if tag:
            found.setdefault(tag[1], "".join(tag[2].split()))
    return Signature(found, index)


async def verify(raw: bytes, signature: Signature, dns: TxtLookup) -> Outcome:
    """Whether this signature of this message holds."""
    defect = signature.defect()
    if defect:
        return Outcome("fail", defect)
    try:
        records = await dns(signature.key_name)
    except (MailError, OSError):  # who runs the domain decides whether it answers: no reason to try for ever
        return Outcome("none", "the signer's key could not be looked up")
    if not records:
        return Outcome("fail", "the signer has published no key")
    return await asyncio.to_thread(_verify, raw, signature, records[0])


def _verify(raw: bytes, signature: Signature, record: bytes) -> Outcome:
    def answer(name: bytes, timeout: int = 0) -> bytes | None:  # noqa: ARG001 - dkimpy's way to ask
        # dkimpy reads the signature anew: it gets the key only if it has read the same one.
        return record if name.decode().rstrip(".").lower() == signature.key_name.lower() else None

    try:
        verifier = dkim.DKIM(raw, minkey=SHORTEST_KEY_BITS)
        holds = bool(verifier.verify(idx=signature.index, dnsfunc=answer))  # pyright: ignore[reportUnknownMemberType] - dkimpy is untyped
    except (dkim.NaClNotFoundError, dkim.UnknownKeyTypeError):
        return Outcome("none", "the signer's kind of key cannot be checked here")
    except Exception as error:  # noqa: BLE001 - dkimpy lets ValueError, IndexError and more through on hostile input
        logger.info("a DKIM signature could not be verified: %s", type(error).__name__)
        return Outcome("fail", "the signature cannot be verified")
    return Outcome("pass" if holds else "fail", "" if holds else "the signature does not fit the message")
