"""Delivery reports as servers write them: who failed, why, and which letter it was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.correlation import letter_key, reply_keys
from mail.headers import Headers
from mail.report import Action, Report, read_report

CORPUS = Path(__file__).parent / "corpus" / "reports"
FAILED = ["postfix", "exchange", "gmail", "exim", "exim-old", "qmail", "without-action"]


def report(name: str) -> Report:
    return read_report((CORPUS / f"{name}.eml").read_bytes())


@pytest.mark.parametrize("name", FAILED)
def test_a_failure_names_the_recipient_and_the_letter(name: str) -> None:
    """Whether told in RFC 3464 fields, in Exim's or in prose."""
    found = report(name)
    assert [(one.address, one.action) for one in found.recipients] == [("nobody@example.com", Action.FAILED)]
    assert found.hard
    assert letter_key("<letter-1@example.org>") in reply_keys(Headers(), found.returned_headers)


@pytest.mark.parametrize("name", FAILED)
def test_crlf_makes_no_difference(name: str) -> None:
    """Mail travels with CRLF."""
    raw = (CORPUS / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")
    assert read_report(raw).recipients == report(name).recipients


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("postfix", "5.1.1", "User unknown"),
        ("exchange", "5.1.10", "RecipientNotFound"),
        ("exim-old", "5.1.1", "user unknown"),
        ("qmail", "5.1.1", "no mailbox here"),
        ("without-action", "5.7.1", ""),
    ],
)
def test_the_reason_is_told(name: str, status: str, words: str) -> None:
    """The enhanced status code, and the server's own words."""
    (recipient,) = report(name).recipients
    assert recipient.status == status
    assert words in recipient.diagnostic


def test_a_delay_is_not_the_end() -> None:
    """The server will try again: nobody has failed."""
    delayed = report("delayed")
    assert [one.action for one in delayed.recipients] == [Action.DELAYED]
    assert not delayed.hard


def test_several_recipients_are_told_apart() -> None:
    """One group of fields each; the first group is about the letter."""
    groups = "\r\n\r\n".join(
        f"Final-Recipient: rfc822;{who}@example.com\r\nAction: {action}"
        for who, action in (("a", "failed"), ("b", "delivered"), ("c", "DELAYED"))
    )
    raw = f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;x\r\n\r\n{groups}".encode()
    assert [one.action for one in read_report(raw).recipients] == ["failed", "delivered", "delayed"]


def test_the_address_we_wrote_to_is_told() -> None:
    """A forwarded letter bounces at another address than ours."""
    fields = b"Original-Recipient: rfc822;a@example.com\nFinal-Recipient: rfc822;b@example.net\nAction: failed\n"
    (recipient,) = read_report(b"Content-Type: message/delivery-status\n\n" + fields).recipients
    assert recipient.address == "a@example.com"


def test_what_follows_the_last_boundary_is_not_read() -> None:
    """RFC 2046 §5.1.1: the epilogue is no part."""
    status = b"--x\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822;a@example.com\nAction: failed\n"
    raw = b"Content-Type: multipart/report; boundary=x\n\n--x\n\nhello\n--x--\n" + status
    assert read_report(raw).recipients == ()


def test_a_cut_report_tells_what_it_has() -> None:
    """The returned letter may be cut off anywhere."""
    raw = (CORPUS / "postfix.eml").read_bytes()
    cut = read_report(raw[: raw.index(b"Date: Mon, 2 Nov")])
    assert cut.recipients == report("postfix").recipients
    assert cut.returned_headers is not None
    assert cut.returned_headers.message_id == "<letter-1@example.org>"


def test_a_read_receipt_names_the_letter_it_is_about() -> None:
    """RFC 8098 §3.2.5: Original-Message-ID."""
    raw = b"Content-Type: message/disposition-notification\r\n\r\nOriginal-Message-ID: <letter-1@example.org>\r\n"
    assert letter_key("<letter-1@example.org>") in reply_keys(Headers(), read_report(raw).returned_headers)


def test_prose_counts_only_in_a_report() -> None:
    """A person who tells of an undeliverable letter bounces nobody."""
    prose = (CORPUS / "qmail.eml").read_bytes().partition(b"\n\n")[2]
    assert read_report(b"From: alice@example.org\nSubject: Look at this\n\n" + prose).recipients == ()


@pytest.mark.parametrize("position", range(0, 1600, 97))
def test_any_cut_is_read(position: int) -> None:
    """No length of a report raises."""
    for name in FAILED:
        read_report((CORPUS / f"{name}.eml").read_bytes()[:position])


@given(st.binary())
def test_any_bytes_are_read(raw: bytes) -> None:
    """No bytes raise, whatever they claim to be."""
    read_report(raw)
    read_report(b"From: mailer-daemon@x\nReturn-Path: <>\n\n" + raw)
    read_report(b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n" + raw)


HOSTILE = {
    "nested multiparts": b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 2000,
    "empty lines": b"\n" * 500_000,
    "boundaries": b"--x\n" * 100_000,
    "addresses": b"550 <a@b.c>\n" * 20_000,
    "one line": b"a" * 500_000,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_reports_take_linear_time(hostile: bytes, stopwatch: Callable[[], float]) -> None:
    """Half a megabyte of anything is read in a moment."""
    read_report(b"From: mailer-daemon@x\nReturn-Path: <>\n\n" + hostile)
    read_report(b"From: mailer-daemon@x\nContent-Type: multipart/report; boundary=x\n\n" + hostile)
    assert stopwatch() < 5
