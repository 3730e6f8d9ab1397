"""Header fields: as people read them, and whatever bytes come."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.address import HeaderAddress, normal_address, parse_addresses
from mail.headers import Headers

ACCESSED = ("From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "X")


def touch(headers: Headers) -> None:
    """Use every way of access on every field."""
    for name in ACCESSED:
        headers.get(name)
        headers.raw(name)
        headers.addresses(name)
        headers.message_ids(name)
        headers.parameters(name)
    _ = headers.subject, headers.date, headers.message_id


@given(st.binary())
def test_any_bytes_are_read(raw: bytes) -> None:
    """No bytes make a header unreadable."""
    touch(Headers.read(raw))


@given(st.sampled_from(ACCESSED), st.binary())
def test_any_value_is_read(name: str, value: bytes) -> None:
    """No value makes a field unreadable."""
    touch(Headers.read(name.encode() + b": " + value))


@given(st.sampled_from(ACCESSED), st.text(alphabet='=?utf8QBqb_"\\<>()@,;: \t.a0'))
def test_any_syntax_is_read(name: str, value: str) -> None:
    """No heap of brackets, quotes and encoded words makes a field unreadable."""
    touch(Headers.read(f"{name}: {value}".encode()))


@given(st.binary())
def test_control_characters_never_come_out(value: bytes) -> None:
    """A decoded value cannot write header lines of its own."""
    decoded = Headers.read(b"Subject: " + value.replace(b"\n", b"") + b" =?utf-8?q?a=0d=0aBcc:_x=00?=").subject
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in decoded)


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Graz", "Grüße aus Graz"),
        (b"Subject: a\r\n  b\r\n\tc", "a  b\tc".replace("\t", " ")),
        (b"Subject: =?utf-8?b?4pyT?=\r\n =?utf-8?b?IG9r?=", "✓ ok"),
        (b"Subject: =?utf-8?b?5pel5pw=?= =?utf-8?b?rOiqng==?=", "日本語"),
        (b"Subject: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"Subject: =?nonsense?q?caf=C3=A9?=", "café"),
        (b"Subject: =?utf-7?q?+ADw-script+AD4-?=", "+ADw-script+AD4-"),
        ("Subject: naïve".encode(), "naïve"),
        ("Subject: naïve".encode("latin-1"), "naïve"),
        (b"Subject : old style", "old style"),
        (b"From nobody Mon Nov  2 10:15:00 2026\nSubject: mbox\n\nSubject: body", "mbox"),
        (b"subject: first\nSubject: second", "first"),
        (b"\n\nSubject: after blank lines", "after blank lines"),
    ],
)
def test_subjects_read_as_written(raw: bytes, subject: str) -> None:
    """RFC 2047 with the faults that mail programs add to it."""
    assert Headers.read(raw).subject == subject


def test_the_body_is_not_read() -> None:
    """What looks like a field below the empty line is none."""
    assert "Bcc" not in Headers.read(b"Subject: a\r\n\r\nBcc: evil@example.org\r\n")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('"Doe, Jane" <j@x.org>, b@x.org', [("Doe, Jane", "j@x.org"), ("", "b@x.org")]),
        ("=?utf-8?q?Doe=2C_Jane?= <j@x.org>", [("Doe, Jane", "j@x.org")]),
        ("john@x.org (John)", [("John", "john@x.org")]),
        ("Undisclosed recipients:;", []),
        ("Team: a@x.org, b@x.org;", [("", "a@x.org"), ("", "b@x.org")]),
        ('"a@good.org" <b@evil.org>', [("a@good.org", "b@evil.org")]),
        ("a@good.org <b@evil.org>", [("a@good.org", "b@evil.org")]),
        ("<a@x.org> <b@x.org>", [("", "a@x.org"), ("", "b@x.org")]),
        ("<@relay.org:a@x.org>", [("", "a@x.org")]),
        ('"john doe"@x.org', [("", '"john doe"@x.org')]),
        ("a@good.org b@evil.org", []),
        ("J (x) Doe <j@x.org", [("J Doe", "j@x.org")]),
        ('"quo\\"ted" <q@x.org>', [('quo"ted', "q@x.org")]),
        ("no address", []),
    ],
)
def test_addresses_are_split_before_they_are_decoded(field: str, expected: list[tuple[str, str]]) -> None:
    """RFC 5322 address lists; a comma that was encoded separates nothing."""
    assert parse_addresses(field) == tuple(HeaderAddress(*one) for one in expected)


def test_message_ids_are_the_bracketed_ones() -> None:
    """Free text is skipped, duplicates and folds vanish, encoded words are undone."""
    raw = b"In-Reply-To: Your letter of Monday <a@x>\r\nReferences: <a@x> <b\r\n @x> <a@x> =?utf-8?q?=3Cc=40x=3E?="
    headers = Headers.read(raw)
    assert headers.message_ids("In-Reply-To") == ("<a@x>",)
    assert headers.message_ids("References") == ("<a@x>", "<b@x>", "<c@x>")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 2 Nov 2026 10:15:00 +0100", datetime(2026, 11, 2, 9, 15, tzinfo=UTC)),
        ("2 Nov 2026 10:15:00 -0000", datetime(2026, 11, 2, 10, 15, tzinfo=UTC)),
        ("Mon, 2 Nov 20261111111 10:15:00 +0100", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_aware_or_none(date: str, expected: datetime | None) -> None:
    """Wrong dates are no dates; those without a zone are UTC."""
    assert Headers.read(f"Date: {date}".encode()).date == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice@Example.ORG", "alice@example.org"),
        ("alice@münchen.example", "alice@xn--mnchen-3ya.example"),
        ("alice@\uff4dünchen.example", "alice@xn--mnchen-3ya.example"),
        ("<alice@example.org.>", " alice@example.org"),
        ("STRASSE@example.org", "straße@example.org"),
    ],
)
def test_addresses_compare_without_case_and_script(one: str, other: str) -> None:
    """The same mailbox in two spellings is one."""
    assert normal_address(one) == normal_address(other)


@pytest.mark.parametrize("piece", ["(", '"', "<", "a@b,", ";", "=?utf-8?q?", "=?u?q?a?= ", "\\"])
def test_hostile_fields_take_linear_time(piece: str, stopwatch: Callable[[], float]) -> None:
    """Nesting and repetition cost no more than their length."""
    touch(Headers.read(b"".join(f"{name}: {piece * 100_000}\n".encode() for name in ACCESSED)))
    assert stopwatch() < 2
