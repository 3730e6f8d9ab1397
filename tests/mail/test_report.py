"""Delivery reports as servers write them: who failed, why, and which letter it was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.bounce_scan import scan
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


@pytest.mark.parametrize(
    ("diagnostic", "code"),
    [
        ("smtp; 550 5.1.1 <a@example.com> User unknown", "550"),
        ("smtp; host mx.example.com [192.0.2.25] said: 452-4.2.2 Mailbox full", "452"),
        ("smtp;550", "550"),
        ("x-postfix; connect to mx.example.com[192.0.2.250]:25: timed out", ""),
        ("X-Mailer; 5500 letters are waiting", ""),
    ],
)
def test_the_reply_code_is_told_where_it_is_known(diagnostic: str, code: str) -> None:
    """RFC 5321 §4.2: three digits, and no part of an address or a number."""
    fields = f"Final-Recipient: rfc822;a@example.com\nAction: failed\nDiagnostic-Code: {diagnostic}\n".encode()
    (recipient,) = read_report(b"Content-Type: message/delivery-status\n\n" + fields).recipients
    assert recipient.code == code


DAEMON = b"From: MAILER-DAEMON@example.net\nSubject: %b\n"
RETURNED = b"Message-ID: <letter-1@example.org>\nTo: Alice <alice@example.com>\n"


@pytest.mark.parametrize(
    ("subject", "action"), [(b"Mail failure", Action.FAILED), (b"Warning: message delayed", Action.DELAYED)]
)
def test_the_header_names_who_failed(subject: bytes, action: Action) -> None:
    """Exim's and Gmail's X-Failed-Recipients, for reports without fields."""
    raw = DAEMON % subject + b"X-Failed-Recipients: alice@example.com,\n bob@example.com\n\nSorry.\n"
    told = [(one.address, one.action) for one in read_report(raw).recipients]
    assert told == [("alice@example.com", action), ("bob@example.com", action)]


def test_who_names_nobody_means_the_one_who_was_written_to() -> None:
    """The returned letter went to one person only."""
    raw = DAEMON % b"Undeliverable mail" + b"\nSorry.\n\n" + RETURNED
    assert [(one.address, one.action) for one in read_report(raw).recipients] == [("alice@example.com", Action.FAILED)]


def test_who_was_written_to_and_is_named_has_failed() -> None:
    """In whatever words; what the report repeats of the letter's own header names nobody."""
    story = b"Your message\n  To: alice@example.com, bob@example.com\n\ndid not reach: bob@example.com [unknown]\n\n"
    raw = DAEMON % b"Undeliverable mail" + b"\n" + story + RETURNED + b"Cc: bob@example.com\n"
    assert [(one.address, one.action) for one in read_report(raw).recipients] == [("bob@example.com", Action.FAILED)]


@pytest.mark.parametrize("also", [b"Cc: bob@example.com\n", b""])
def test_who_names_nobody_of_several_means_nobody(also: bytes) -> None:
    """Nor does a notice of delay end anything."""
    subject = b"Undeliverable mail" if also else b"Delivery delayed"
    assert read_report(DAEMON % subject + b"\nSorry.\n\n" + RETURNED + also).recipients == ()


def test_a_status_that_names_nobody_leaves_the_prose() -> None:
    """RFC 3464 §2.3 wants a group a recipient; some write the first group alone."""
    prose = b"The following recipients did not receive this message:\n\n<alice@example.com>\n"
    status = b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n"
    kind = b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
    parts = b"--x\n\n" + prose + b"--x\n" + status + b"--x\nContent-Type: message/rfc822\n\n" + RETURNED + b"--x--\n"
    (recipient,) = read_report(DAEMON % b"Undeliverable" + kind + parts).recipients
    assert recipient.address == "alice@example.com"


@pytest.mark.parametrize(
    "copy",
    [
        b"\n\n" + RETURNED,
        b"\n\n> Subject: x\n> " + RETURNED.replace(b"\n", b"\n> "),
        b"\n\n    Subject: x\n    " + RETURNED.replace(b"\n", b"\n    "),
    ],
    ids=["plain", "quoted", "indented"],
)
def test_a_copy_in_the_text_names_the_letter(copy: bytes) -> None:
    """Servers without MIME return the letter as they like."""
    returned = read_report(DAEMON % b"failure notice" + b"\nSorry." + copy).returned_headers
    assert returned
    assert returned.message_id == "<letter-1@example.org>"


def test_the_fields_of_a_report_name_the_letter() -> None:
    """Where the letter itself has been cut off."""
    fields = b"Reporting-MTA: dns; x\nX-Original-Message-ID: <letter-1@example.org>\n\nFinal-Recipient: rfc822;a@b.c\n"
    report = read_report(b"Content-Type: message/delivery-status\n\n" + fields)
    assert letter_key("<letter-1@example.org>") in reply_keys(Headers(), report.returned_headers)


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
    assert (recipient.address, recipient.final) == ("a@example.com", "b@example.net")


def test_the_address_we_wrote_to_is_decoded() -> None:
    """RFC 3461 §4: an ORCPT travels as xtext."""
    fields = b"Original-Recipient: rfc822;a+2Bx@example.com\nAction: failed\n"
    (recipient,) = read_report(b"Content-Type: message/delivery-status\n\n" + fields).recipients
    assert recipient.address == "a+x@example.com"


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


@pytest.mark.parametrize(("lines", "failed"), [(100, ("nobody@example.com",)), (3000, ())])
def test_prose_is_searched_no_longer_than_people_write(lines: int, failed: tuple[str, ...]) -> None:
    """Each line costs fifty patterns of flufl.bounce."""
    header, _, story = (CORPUS / "qmail.eml").read_bytes().partition(b"\n\n")
    assert scan(header + b"\n\n" + b"\n" * lines + story) == ((), failed)


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
    "recipients": b"To: %b\nMessage-ID: <x@y>\n\n%b" % (b"a@b.c, " * 2000, b"a@b.c: 5.1.1\n" * 30_000),
    "quotes": b">" * 400_000 + b"\n" + b"> Message-ID: <x@y>\n" * 5000,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_reports_take_linear_time(hostile: bytes, stopwatch: Callable[[], float]) -> None:
    """Half a megabyte of anything is read in a moment."""
    read_report(b"From: mailer-daemon@x\nSubject: Undeliverable\n\n" + hostile)
    read_report(b"From: mailer-daemon@x\nContent-Type: multipart/report; boundary=x\n\n" + hostile)
    assert stopwatch() < 3
