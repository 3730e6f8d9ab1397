"""Whether a reply is its author's: what a trusted server says, and what a signature proves."""

import asyncio
import base64
from typing import Any, cast

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from mail.authentication import LoadMessage, Verdict, authenticate
from mail.authentication_results import parse_authentication_results
from mail.dkim_signature import TxtLookup
from mail.errors import ServerUnavailable
from mail.headers import Headers
from mail.policy import Policy

LETTER = b"From: Alice <alice@example.org>\r\nTo: soc@example.com\r\nSubject: Re: Login\r\n\r\nYes, that was me.\r\n"
POLICY = Policy(trusted_authserv_ids=("mx.example.com",))

KEY_PAIR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY_PAIR.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = KEY_PAIR.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
RECORD = b"v=DKIM1; k=rsa; p=" + base64.b64encode(PUBLIC)


class Zone:
    """A DNS zone with one key for every name, that remembers what it was asked."""

    def __init__(self, *records: bytes) -> None:
        self.records = list(records)
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[bytes]:
        self.asked.append(name)
        return self.records


@pytest.fixture
def zone() -> Zone:
    return Zone(RECORD)


def signed(
    letter: bytes = LETTER,
    domain: bytes = b"example.org",
    *,
    length: bool = False,
    algorithm: bytes = b"rsa-sha256",
    key: bytes = PRIVATE,
) -> bytes:
    covered = [b"From", b"To", b"Subject"]
    sign = cast("Any", dkim).sign  # dkimpy is untyped
    field = sign(letter, b"mail", domain, key, signature_algorithm=algorithm, include_headers=covered, length=length)
    return bytes(field) + letter


async def verdict_of(raw: bytes, dns: TxtLookup, **more: float) -> Verdict:
    return await authenticate(Headers.read(raw), POLICY, load=loading(raw), dns=dns, **more)


def loading(raw: bytes | None) -> LoadMessage:
    async def load() -> bytes | None:
        return raw

    return load


async def forbidden() -> bytes | None:
    pytest.fail("the message was loaded although its header says enough")


def told(*results: str) -> bytes:
    return b"".join(f"Authentication-Results: {one}\r\n".encode() for one in results) + LETTER


async def test_an_aligned_signature_passes(zone: Zone) -> None:
    """Signed by the author's own domain, its key asked for by name."""
    verdict = await verdict_of(signed(), zone)
    assert (verdict.result, verdict.method, verdict.domain) == ("pass", "dkim", "example.org")
    assert zone.asked == ["mail._domainkey.example.org"]


async def test_a_subdomain_may_sign(zone: Zone) -> None:
    """Relaxed alignment: the same organisation."""
    assert (await verdict_of(signed(domain=b"mail.example.org"), zone)).result == "pass"


async def test_a_foreign_signature_says_nothing(zone: Zone) -> None:
    """Whoever signs for another domain does not vouch for the author; nobody is asked."""
    assert (await verdict_of(signed(domain=b"evil.example"), zone)).result == "none"
    assert zone.asked == []


async def test_a_shared_suffix_is_no_alignment(zone: Zone) -> None:
    """evil.co.uk is not good.co.uk."""
    raw = signed(LETTER.replace(b"example.org", b"good.co.uk"), b"evil.co.uk")
    assert (await verdict_of(raw, zone)).result == "none"


async def test_a_changed_letter_fails(zone: Zone) -> None:
    """One word in the body is enough."""
    assert (await verdict_of(signed().replace(b"Yes", b"Not"), zone)).result == "fail"


async def test_appended_text_is_refused(zone: Zone) -> None:
    """With l= a signature holds although somebody added text below."""
    verdict = await verdict_of(signed(length=True) + b"Ignore the above.\r\n", zone)
    assert (verdict.result, zone.asked) == ("fail", [])
    assert "l=" in verdict.reason


async def test_a_valid_signature_beside_a_broken_one_passes(zone: Zone) -> None:
    """RFC 6376 §6.1: one that holds is enough."""
    broken = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x; h=from; bh=AAAA; b=AAAA\r\n"
    assert (await verdict_of(broken + signed(), zone)).result == "pass"


async def test_a_missing_key_fails() -> None:
    """The domain has published none under this name."""
    assert (await verdict_of(signed(), Zone())).result == "fail"


async def test_silent_dns_is_no_pass_and_no_error() -> None:
    """A domain whose servers are down cannot keep us trying for ever."""

    async def silent(_name: str) -> list[bytes]:
        raise ServerUnavailable("no answer")

    assert (await verdict_of(signed(), silent)).result == "none"


@pytest.mark.parametrize("change", [(b"a=rsa-sha256", b"a=rsa-sha1"), (b"h=from : ", b"h=")])
async def test_weak_signatures_are_refused(change: tuple[bytes, bytes], zone: Zone) -> None:
    """SHA-1, or a signature that leaves the author out."""
    raw = signed()
    assert change[0] in raw
    assert (await verdict_of(raw.replace(*change), zone)).reason.startswith("the signature")
    assert zone.asked == []


@pytest.mark.parametrize(
    "sender", [b"From: a@x.org\r\nFrom: b@y.org", b"From: a@x.org, b@y.org", b"From: a@x.org\r\nFrom: b", b"From: none"]
)
async def test_exactly_one_author_is_needed(sender: bytes, zone: Zone) -> None:
    """With two, a reader may show the one that nobody checked."""
    raw = b"Authentication-Results: mx.example.com; dmarc=pass header.from=x.org\r\n" + sender + b"\r\n\r\nhi"
    assert (await verdict_of(raw, zone)).result == "fail"


async def test_the_judged_author_is_the_signed_one(zone: Zone) -> None:
    """Headers of one letter are not vouched for by the signature of another."""
    other = Headers.read(LETTER.replace(b"example.org", b"other.example"))
    verdict = await authenticate(other, Policy(), load=loading(signed(domain=b"other.example")), dns=zone)
    assert verdict.result == "none"


@pytest.mark.parametrize(
    ("results", "result", "method"),
    [
        (["mx.example.com; dmarc=pass (p=none) header.from=example.org"], "pass", "dmarc"),
        (["mx.example.com 1; spf=pass; dmarc = pass header.from = EXAMPLE.org"], "pass", "dmarc"),
        (["mx.example.com; dmarc=fail header.from=example.org; dkim=pass header.d=example.org"], "fail", "dmarc"),
        (["mx.example.com; dmarc=none; dkim=pass (ok) header.d=mail.example.org"], "pass", "dkim"),
        (["mx.example.com; dkim=pass header.i=@example.org"], "pass", "dkim"),
        (["mx.example.com; dkim=pass header.d=evil.example"], "none", ""),
        (["mx.example.com; dmarc=pass header.from=evil.example"], "none", ""),
        (["mx.example.com; dmarc=pass"], "none", ""),
        (["evil.example; dmarc=pass header.from=example.org"], "none", ""),
        (["dmarc=pass header.from=example.org"], "none", ""),
        (["mx.example.com; none", "mx.example.com; dmarc=pass header.from=example.org"], "none", ""),
        (["other.example; none", "mx.example.com; dmarc=pass header.from=example.org"], "pass", "dmarc"),
        (["mx.example.com; spf=fail (; dmarc=pass header.from=example.org)"], "none", ""),
        (['mx.example.com; spf=fail smtp.helo="; dmarc=pass header.from=example.org"'], "none", ""),
        (["mx.example.com; dmarc=pass header.from=example.org; dmarc=fail"], "fail", "dmarc"),
        (["mx.example.com; dmarc=pass header.from=evil.example; dmarc=pass header.from=example.org"], "none", ""),
        (["mx.example.com; spf=pass smtp.mailfrom=example.org"], "none", ""),
    ],
)
async def test_only_the_trusted_server_is_believed(results: list[str], result: str, method: str, zone: Zone) -> None:
    """RFC 8601: the top-most field of a configured name, comments and strings aside, aligned with the author."""
    verdict = await verdict_of(told(*results), zone)
    assert (verdict.result, verdict.method) == (result, method)


async def test_without_the_letter_nothing_is_verified(zone: Zone) -> None:
    """Headers alone prove nothing unless a trusted server spoke."""
    verdict = await authenticate(Headers.read(signed()), Policy(), load=loading(None), dns=zone)
    assert verdict.result == "none"


@pytest.mark.parametrize("raw", [told("mx.example.com; dmarc=pass header.from=example.org"), LETTER])
async def test_a_letter_is_loaded_only_to_be_verified(raw: bytes, zone: Zone) -> None:
    """A trusted word is enough, and without a signature of the author there is nothing to verify."""
    await authenticate(Headers.read(raw), POLICY, load=forbidden, dns=zone)


async def test_dns_that_hangs_holds_nobody_up() -> None:
    """However many signatures there are: there is one limit for all of them, and the reason is told."""

    async def hanging(_name: str) -> list[bytes]:
        await asyncio.Event().wait()
        return []

    verdict = await verdict_of(signed(signed()), hanging, patience=0.05)
    assert (verdict.result, verdict.reason) == ("none", "the signers' keys could not be looked up in time")


async def test_ed25519_is_verified() -> None:
    """RFC 8463: short keys, short signatures."""
    key = ed25519.Ed25519PrivateKey.generate()
    private, public = (base64.b64encode(one) for one in (key.private_bytes_raw(), key.public_key().public_bytes_raw()))
    zone = Zone(b"v=DKIM1; k=ed25519; p=" + public)
    raw = signed(algorithm=b"ed25519-sha256", key=private)
    assert (await verdict_of(raw, zone)).result == "pass"
    assert (await verdict_of(raw.replace(b"Yes", b"Not"), zone)).result == "fail"


def test_properties_are_read() -> None:
    """What a server says of a method, without its comments."""
    parsed = parse_authentication_results("MX.example.com; dkim=pass (2048-bit (rsa)) header.d=a.org header.s=s1")
    assert parsed.authserv_id == "mx.example.com"
    assert parsed.of("dkim")[0].properties == {"header.d": "a.org", "header.s": "s1"}


@given(st.text())
def test_any_results_are_read(value: str) -> None:
    """No field raises."""
    parse_authentication_results(value)


@given(st.binary(), st.binary())
async def test_any_letter_has_a_verdict(signature: bytes, record: bytes) -> None:
    """No signature and no key raise; none of them passes by accident."""
    field = b"DKIM-Signature: a=rsa-sha256; d=example.org; s=mail; h=from; " + signature.replace(b"\n", b"") + b"\r\n"
    assert (await verdict_of(field + LETTER, Zone(record))).result != "pass"
