"""Forwarded answers: what a trusted forwarder saw counts, and nobody else's word for it (RFC 8617)."""

from typing import Any, cast

import dkim
import pytest

from mail.authentication import Verdict, authenticate
from mail.headers import Headers
from mail.policy import Policy
from tests.mail.test_authentication import LETTER, PRIVATE, RECORD, Zone, loading, signed

LIST, RELAY = "lists.example", "relay.example"
SEEN = "dmarc=pass header.from=example.org"
OURS = "mx.example.com"


def sealed(letter: bytes, sealer: str, seen: str = SEEN, chain: str = "none") -> bytes:
    """The letter as a server passes it on: with what it saw, and its seal on that."""
    server = f"mx.{sealer}".encode()
    stamped = f"Authentication-Results: mx.{sealer}; arc={chain}; {seen}\r\n".encode() + letter
    sign = cast("Any", dkim).arc_sign  # dkimpy is untyped
    fields = sign(stamped, b"s1", sealer.encode(), PRIVATE, server, include_headers=[b"from", b"to", b"subject"])
    return b"".join(fields) + stamped


async def verdict_of(raw: bytes, *sealers: str, zone: Zone | None = None) -> Verdict:
    policy = Policy(trusted_authserv_ids=(OURS,), trusted_arc_sealers=sealers)
    return await authenticate(Headers.read(raw), policy, load=loading(raw), dns=zone or Zone(RECORD))


async def test_a_trusted_sealer_is_believed() -> None:
    """The list changed the letter, so that its author's signature is broken; it says that it was good before."""
    raw = sealed(signed().replace(b"Yes", b"[list] Yes"), LIST)
    verdict = await verdict_of(raw, LIST.upper())
    assert (verdict.result, verdict.method, verdict.domain) == ("pass", "arc", "example.org")
    assert "mx.lists.example" in verdict.reason


async def test_our_own_server_sees_only_what_is_broken() -> None:
    """RFC 8617 §7.2.2: that is what the seal is for."""
    raw = f"Authentication-Results: {OURS}; dmarc=fail header.from=example.org\r\n".encode() + sealed(LETTER, LIST)
    assert [(await verdict_of(raw, *sealers)).result for sealers in ((), (LIST,))] == ["fail", "pass"]


async def test_a_stranger_may_seal_what_he_likes() -> None:
    """Nobody is asked for his key."""
    zone = Zone(RECORD)
    assert (await verdict_of(sealed(LETTER, "evil.example"), LIST, zone=zone)).result == "none"
    assert zone.asked == []


async def test_behind_a_stranger_nothing_counts() -> None:
    """He may have changed what the trusted server before him sealed."""
    raw = sealed(sealed(LETTER, LIST), "evil.example", chain="pass")
    assert (await verdict_of(raw, LIST)).result == "none"


async def test_before_a_trusted_sealer_anybody_may_have_sealed() -> None:
    """What he saw himself counts; what the stranger said does not."""
    for seen, result in ((SEEN, "pass"), ("dmarc=none", "none")):
        raw = sealed(sealed(LETTER, "evil.example"), LIST, seen, chain="pass")
        assert (await verdict_of(raw, LIST)).result == result


async def test_two_trusted_sealers_stand_for_each_other() -> None:
    """The second one broke the author's signature; the first one saw it whole."""
    raw = sealed(sealed(LETTER, LIST), RELAY, "dmarc=fail header.from=example.org", chain="pass")
    assert (await verdict_of(raw, LIST, RELAY)).result == "pass"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Yes", b"Not"),
        (b"ARC-Authentication-Results: i=1; mx.", b"ARC-Authentication-Results: i=1; smtp."),
        (b"ARC-Seal: i=1; cv=none", b"ARC-Seal: i=1; cv=pass"),
        (b"d=lists.example", b"d=relay.example"),
        (b"ARC-Seal: i=1", b"ARC-Seal: i=2"),
        (b"ARC-Message-Signature:", b"X-Message-Signature:"),
        (b"From: Alice", b"From: Bob <bob@example.org>\r\nFrom: Alice"),
    ],
)
async def test_what_was_touched_after_the_seal_is_not_believed(old: bytes, new: bytes) -> None:
    """Neither body nor author, neither results nor seal."""
    raw = sealed(LETTER, LIST)
    assert old in raw
    assert (await verdict_of(raw.replace(old, new), LIST, RELAY)).result != "pass"


@pytest.mark.parametrize(
    "seen", ["dmarc=fail header.from=example.org", "dmarc=pass header.from=evil.example", "spf=pass"]
)
async def test_what_was_sealed_must_vouch_for_the_author(seen: str) -> None:
    """A seal only says who has seen it."""
    assert (await verdict_of(sealed(LETTER, LIST, seen), LIST)).result == "none"


async def test_a_seal_without_its_key_proves_nothing() -> None:
    """And fails nobody."""
    assert (await verdict_of(sealed(LETTER, LIST), LIST, zone=Zone())).result == "none"


async def test_a_stranger_between_two_trusted_sealers_hides_the_first() -> None:
    """What he passed on need not be what he was given."""
    raw = sealed(sealed(sealed(LETTER, LIST), "evil.example", chain="pass"), RELAY, "dmarc=none", chain="pass")
    assert (await verdict_of(raw, LIST, RELAY)).result == "none"


GOOD = "a=rsa-sha256; d=lists.example; s=s1; h=from; bh=AAAA; b=AAAA"


@pytest.mark.parametrize(
    ("seals", "signature"),
    [(39, GOOD), (1, f"{GOOD}; l=1"), (1, GOOD.replace("h=from", "h=to")), (1, GOOD.replace("rsa-sha256", "rsa-sha1"))],
)
async def test_what_cannot_be_believed_costs_no_question(seals: int, signature: str) -> None:
    """A long chain, or a signature that leaves the author or a part of the body out."""
    fields = [f"ARC-Seal: i={number}; {GOOD}" for number in range(1, seals + 1)]
    fields.append(f"ARC-Message-Signature: i={seals}; {signature}")
    zone = Zone(RECORD)
    assert (await verdict_of("\r\n".join(fields).encode() + b"\r\n" + LETTER, LIST, zone=zone)).result == "none"
    assert zone.asked == []
