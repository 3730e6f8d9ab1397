"""Chains of custody: what servers on the way had found before they changed a message (ARC, RFC 8617)."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any, cast

import dkim

from mail.address import normal_domain
from mail.authentication_results import AuthenticationResults, parse_authentication_results
from mail.dkim_signature import SHORTEST_KEY_BITS, Signature, TxtLookup, parse_signature
from mail.errors import MailError
from mail.headers import Headers

# Each costs a look-up at a name that somebody on the way chose; every list and forwarder adds one.
MAX_SETS = 10

logger = logging.getLogger(__name__)


def sealed_by(headers: Headers, sealers: Collection[str]) -> bool:
    """Whether the last server that sealed the message, by its own word, is one of these."""
    seals = _seals(headers)
    return 0 < len(seals) <= MAX_SETS and _is_trusted(seals[-1].domain, sealers)


async def sealed_results(
    headers: Headers, raw: bytes, sealers: Collection[str], dns: TxtLookup
) -> tuple[AuthenticationResults, ...]:
    """What trusted sealers have found, the last one first; nothing unless the whole chain holds.

    Beyond the first stranger, seen from us, nothing counts: he may have changed what those before him sealed.
    """
    if not sealed_by(headers, sealers):
        return ()
    last = _last_message_signature(headers)
    if last is None or last.defect():
        return ()
    keys = dict(await asyncio.gather(*(_key(one, dns) for one in (*_seals(headers), last))))
    sets = await asyncio.to_thread(_verified, raw, keys)
    trusted = takewhile(lambda one: _is_trusted(_text(one["as-domain"]), sealers), sets)
    return tuple(parse_authentication_results(_text(one["aar-value"]).partition(";")[2]) for one in trusted)


def _seals(headers: Headers) -> list[Signature]:
    """The seals, first to last (i=1, 2, …); whether any is missing or doubled, the verification finds out."""
    seals = [parse_signature(value) for value in headers.raw("ARC-Seal")]
    return sorted(seals, key=_instance)


def _last_message_signature(headers: Headers) -> Signature | None:
    """Only the last one still fits the message: whoever seals may have changed it (RFC 8617 §5.2)."""
    return max((parse_signature(value) for value in headers.raw("ARC-Message-Signature")), key=_instance, default=None)


def _instance(signature: Signature) -> int:
    number = signature.tags.get("i", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 2 else 0  # noqa: PLR2004 at most 50


async def _key(signature: Signature, dns: TxtLookup) -> tuple[str, bytes | None]:
    """Without its key a seal does not hold; that a sealer's name servers are silent is no reason to try again."""
    name = signature.key_name.lower()
    try:
        records = await dns(name) if signature.names_a_key else []
    except (MailError, OSError):
        records = []
    return name, next(iter(records), None)


def _verified(raw: bytes, keys: Mapping[str, bytes | None]) -> Sequence[Mapping[str, Any]]:
    """The sets of a chain that holds, the last one first, as dkimpy has read them."""

    def answer(name: bytes, timeout: int = 0) -> bytes | None:  # noqa: ARG001 - dkimpy's way to ask
        return keys.get(name.decode().rstrip(".").lower())

    try:
        status, sets, reason = cast("Any", dkim.ARC(raw, minkey=SHORTEST_KEY_BITS)).verify(dnsfunc=answer)
    except Exception as error:  # noqa: BLE001 - dkimpy lets ValueError, IndexError and more through on hostile input
        logger.info("an ARC chain could not be verified: %s", type(error).__name__)
        return ()
    if status != dkim.CV_Pass:
        logger.info("an ARC chain does not hold: %s", reason)
        return ()
    return cast("Sequence[Mapping[str, Any]]", sets)


def _is_trusted(domain: str, sealers: Collection[str]) -> bool:
    return normal_domain(domain) in {normal_domain(sealer) for sealer in sealers}


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
