"""Criteria become search-keys in which everything is quoted."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.errors import InvalidContent
from mail.imap import criteria as c
from mail.imap.wire import segments


@pytest.mark.parametrize(
    ("criterion", "key"),
    [
        (c.All(), b"ALL"),
        (c.All((c.Unseen(), c.Larger(9))), b"(UNSEEN LARGER 9)"),
        (c.AnyOf(()), b"NOT ALL"),
        (c.AnyOf((c.Unseen(),)), b"UNSEEN"),
        (c.AnyOf((c.To("a"), c.Cc("a"), c.Bcc("a"))), b'OR TO "a" OR CC "a" BCC "a"'),
        (c.Not(c.AnyOf((c.From("a"), c.Unseen()))), b'NOT OR FROM "a" UNSEEN'),
        (c.Since(date(2026, 3, 5)), b"SINCE 5-Mar-2026"),
        (c.UidRange(7), b"UID 7:4294967295"),
        (c.UidRange(7, 9), b"UID 7:9"),
        (c.Header("Message-ID", '<"a\\b"@x>'), b'HEADER "Message-ID" "<\\"a\\\\b\\"@x>"'),
        (c.Subject("Grüße"), b"SUBJECT {7}\r\nGr\xc3\xbc\xc3\x9fe"),
        (c.Text("x"), b'TEXT "x"'),
    ],
)
def test_each_criterion_has_its_search_key(criterion: c.Criterion, key: bytes) -> None:
    """The keys are those of RFC 3501."""
    assert criterion.search_key() == key


def test_a_charset_is_named_only_when_needed() -> None:
    """Exchange and Yahoo refuse to be told a charset."""
    assert c.charset(c.Subject("plain").search_key()) is None
    assert c.charset(c.Subject("ümlaut").search_key()) == "UTF-8"


def test_many_alternatives_nest_flat() -> None:
    """A hundred ids are seven ORs deep, not ninety-nine."""
    key = c.AnyOf(tuple(c.Header("Message-ID", f"<{number}>") for number in range(100))).search_key()
    assert key.count(b"OR ") == 99
    assert b"OR " * 8 not in key


@given(st.text())
def test_no_text_becomes_a_second_command(text: str) -> None:
    """Every text is refused, or stays within its string."""
    try:
        key = c.All((c.Subject(text), c.Header("X", text))).search_key()
    except InvalidContent:
        assert set(text) & set("\r\n\0")
    else:
        assert b"".join(segments(key)) == key + b"\r\n"
