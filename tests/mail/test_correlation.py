"""Which letter a message belongs to: tokens, ids, Thread-Index, and the order between them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.correlation import (
    MAX_KEYS,
    RECIPIENT_FIELDS,
    letter_key,
    reply_keys,
    reply_token,
    tagged_address,
    thread_index,
)
from mail.headers import Headers

LETTER = "<letter-1@example.org>"
KEY = letter_key(LETTER)
TOKEN = reply_token(b"secret", LETTER)


def keys_of(*fields: str) -> tuple[str, ...]:
    return reply_keys(Headers.read("\r\n".join(fields).encode()))


@pytest.mark.parametrize("spelling", ["letter-1@example.org", " <letter-1@example.org>\n", "<Letter-1@EXAMPLE.org>"])
def test_a_letter_has_one_key(spelling: str) -> None:
    """However a server writes the id."""
    assert letter_key(spelling) == KEY


def test_keys_and_tokens_are_short_and_lower_case() -> None:
    """26 characters for 128 bits, 16 for 80; both survive any case folding."""
    assert (len(KEY), len(TOKEN)) == (26, 16)
    assert f"{KEY}{TOKEN}".isalnum()
    assert f"{KEY}{TOKEN}".islower()


def test_a_token_needs_the_account_key() -> None:
    """Who knows the Message-ID alone cannot make the token."""
    assert reply_token(b"other", LETTER) != TOKEN
    assert reply_token(b"secret", "<letter-2@example.org>") != TOKEN


@pytest.mark.parametrize(
    ("address", "tagged"),
    [
        ("soc@example.org", f"soc+r.{TOKEN}@example.org"),
        ("soc+mail@example.org", f"soc+mail+r.{TOKEN}@example.org"),
        ('"s o c"@example.org', f'"s o c+r.{TOKEN}"@example.org'),
    ],
)
def test_an_address_carries_the_token(address: str, tagged: str) -> None:
    """RFC 5233 subaddressing."""
    assert tagged_address(address, TOKEN) == tagged


def test_a_separator_may_be_another_one() -> None:
    """Or the token stands alone, at a domain of its own."""
    dashed, alone = (
        tagged_address("soc@x.org", TOKEN, separator=one, domain=at) for one, at in (("-", ""), ("", "r.org"))
    )
    assert (dashed, alone) == (f"soc-r.{TOKEN}@x.org", f"r.{TOKEN}@r.org")
    assert keys_of(f"To: {dashed}") == keys_of(f"To: {alone}") == (f"token:{TOKEN}",)


@pytest.mark.parametrize(
    "address",
    [
        '"s o c+r.{}"@example.org',
        "SRS0=HHH=TT=example.org=soc+r.{}@forwarder.example",
        "list-bounces+soc+r.{}=example.org@list.example",
        "prvs=0123456789=soc+r.{}@example.org",
    ],
)
def test_a_token_is_found_where_our_address_was_put_into_another(address: str) -> None:
    """By forwarders (SRS), lists (VERP) and BATV."""
    assert keys_of(f"To: <{address.format(TOKEN)}>") == (f"token:{TOKEN}",)


@pytest.mark.parametrize("address", ["soc+bar.{}@x.org", "soc+r.{}a@x.org", "soc+r.{:.15}@x.org", "soc+r.{}.x@x.org"])
def test_what_only_looks_like_a_token_is_none(address: str) -> None:
    """Its sixteen characters are all there is behind "r."."""
    assert keys_of(f"To: {address.format(TOKEN)}") == ()


@pytest.mark.parametrize("field", RECIPIENT_FIELDS)
def test_the_token_is_found_in_every_recipient_field(field: str) -> None:
    """Also in capitals, which some gateways prefer."""
    assert keys_of(f"{field}: x@example.org, SOC <{tagged_address('soc@example.org', TOKEN).upper()}>") == (
        f"token:{TOKEN}",
    )


@pytest.mark.parametrize(
    "field",
    [
        f"In-Reply-To: your letter {LETTER} of Monday",
        f"References: <other@example.org>\r\n {LETTER}",
        f"X-Microsoft-Original-Message-ID: {LETTER}",
        f"X-Original-Message-ID: {LETTER}",
        f"Thread-Index: {thread_index(LETTER)}",
        f"Thread-Index: {base64.b64encode(base64.b64decode(thread_index(LETTER)) + b'12345').decode()}",
    ],
)
def test_each_trace_of_the_letter_gives_its_key(field: str) -> None:
    """Answers of Outlook add five bytes to the Thread-Index each."""
    assert KEY in keys_of(field)


def test_the_strongest_key_stands_first() -> None:
    """Token, answered id, newest reference, older ones; none twice."""
    keys = keys_of(f"References: <old@x> <new@x> {LETTER}", f"In-Reply-To: {LETTER}", f"To: soc+r.{TOKEN}@example.org")
    assert keys == (f"token:{TOKEN}", KEY, letter_key("<new@x>"), letter_key("<old@x>"))


def test_a_report_is_tied_by_the_letter_it_returns() -> None:
    """Its own header names nothing; the copy inside has the Message-ID and the tagged Reply-To."""
    returned = Headers.read(f"Message-ID: {LETTER}\r\nReply-To: soc+r.{TOKEN}@example.org".encode())
    assert reply_keys(Headers(), returned) == (f"token:{TOKEN}", KEY)


def test_the_newest_references_are_kept() -> None:
    """A thread of a thousand letters costs no more than two hundred keys."""
    keys = keys_of("References: " + " ".join(f"<{number}@x>" for number in range(1000)))
    assert len(keys) == MAX_KEYS
    assert keys[0] == letter_key("<999@x>")


def test_a_thread_index_is_stable_and_well_formed() -> None:
    """22 bytes, the first of them 1, the same for the same letter."""
    octets = base64.b64decode(thread_index(LETTER))
    assert (len(octets), octets[0]) == (22, 1)
    assert thread_index(LETTER) == thread_index(LETTER)


@pytest.mark.parametrize("index", ["", "AQ==", "not base64!", "é"])
def test_a_broken_thread_index_is_ignored(index: str) -> None:
    """Too short or no base64: no key."""
    assert keys_of(f"Thread-Index: {index}") == ()


@given(st.binary(), st.binary())
def test_any_headers_have_keys_or_none(raw: bytes, returned: bytes) -> None:
    """No bytes raise."""
    reply_keys(Headers.read(b"References: " + raw), Headers.read(b"Thread-Index: " + returned))
