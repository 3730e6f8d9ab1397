"""What a message is: one rule at a time, and their order."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.classify import RULES, Kind, classify
from mail.headers import Headers
from mail.structure import BodyPart

REPORT = 'multipart/report; report-type="delivery-status"; boundary=x'
AWAY = "Subject: Automatische Antwort: Login"


def kind_of(*fields: str, structure: BodyPart | None = None) -> Kind:
    return classify(Headers.read("\r\n".join(fields).encode()), structure).kind


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ([f"Content-Type: {REPORT}"], Kind.DELIVERY_REPORT),
        (["X-Failed-Recipients: a@example.org"], Kind.DELIVERY_REPORT),
        (["From: Mailer-Daemon@example.org", "Return-Path: <>"], Kind.DELIVERY_REPORT),
        (["From: postmaster@example.org", "Subject: Undeliverable: Login"], Kind.DELIVERY_REPORT),
        (["From: MAILER-DAEMON (Mail Delivery System)", "Auto-Submitted: auto-replied"], Kind.DELIVERY_REPORT),
        (['From: "Mail Deliver System" <MAILER-DAEMON>'], Kind.DELIVERY_REPORT),
        (["From: MDaemon@example.org", "Subject: Warning: a@example.net - User unknown!"], Kind.DELIVERY_REPORT),
        (["From: Mail Delivery System <>", "Return-Path: <>"], Kind.DELIVERY_REPORT),
        (["From: Shop <>", "Subject: Buy now"], Kind.HUMAN),
        (["From: filter@example.org", "Subject: Mail could not be delivered"], Kind.DELIVERY_REPORT),
        (["From: filter@example.org", "Subject: Delivery failure", "In-Reply-To: <a@b>"], Kind.HUMAN),
        (["From: alice@example.org", "Subject: Re: Undeliverable: Login"], Kind.HUMAN),
        (["Content-Type: multipart/report; boundary=x"], Kind.DELIVERY_REPORT),
        (["From: postmaster@example.org", "Subject: Re: Login"], Kind.HUMAN),
        (["From: postmaster@example.org", AWAY, "Return-Path: <>"], Kind.AUTO_REPLY),
        (["Content-Type: multipart/report; report-type=disposition-notification"], Kind.DISPOSITION_NOTIFICATION),
        (["Content-Type: multipart/report; report-type=feedback-report"], Kind.FEEDBACK_REPORT),
        (["Content-Type: text/calendar; method=REPLY"], Kind.CALENDAR_REPLY),
        (["Content-Type: text/calendar; method=REQUEST"], Kind.HUMAN),
        (["Auto-Submitted: auto-replied (vacation)"], Kind.AUTO_REPLY),
        (["Auto-Submitted: auto-generated; owner-email=x"], Kind.AUTO_REPLY),
        (["Auto-Submitted: no"], Kind.HUMAN),
        (["X-Autoreply: yes"], Kind.AUTO_REPLY),
        (["X-Autoreply: no"], Kind.HUMAN),
        (["Precedence: auto_reply"], Kind.AUTO_REPLY),
        (["X-Apple-Action: VACATION/example"], Kind.AUTO_REPLY),
        (["X-Auto-Response-Suppress: All"], Kind.HUMAN),
        (["X-Auto-Response-Suppress: All", AWAY], Kind.AUTO_REPLY),
        ([AWAY], Kind.HUMAN),
        (["Subject: RE: Out of Office tomorrow?"], Kind.HUMAN),
        (["Subject: =?utf-8?b?6Ieq5YuV5b+c562U?=", "Precedence: bulk"], Kind.AUTO_REPLY),
        (["List-Id: <talk.example.org>"], Kind.LIST),
        (["Precedence: list"], Kind.LIST),
        (["Precedence: bulk"], Kind.BULK),
        (["List-Unsubscribe: <mailto:off@example.org>", "Precedence: bulk"], Kind.LIST),
        (["From: alice@example.org", "Subject: Re: Login"], Kind.HUMAN),
        ([], Kind.HUMAN),
    ],
)
def test_the_header_tells(fields: list[str], kind: Kind) -> None:
    """Each row is one rule, or one thing that proves nothing."""
    assert kind_of(*fields) is kind


def test_a_calendar_answer_is_found_among_the_parts() -> None:
    """Exchange wraps the answer to an invitation into alternatives."""
    calendar = BodyPart("2", "text/calendar", {"method": "REPLY"})
    letter = BodyPart("", "multipart/alternative", children=(BodyPart("1", "text/plain"), calendar))
    assert kind_of("Subject: Accepted", structure=letter) is Kind.CALENDAR_REPLY


def test_a_report_wins_over_its_auto_submitted_field() -> None:
    """RFC 3464 reports are auto-replied as well: the first rule decides."""
    assert kind_of("Auto-Submitted: auto-replied", f"Content-Type: {REPORT}") is Kind.DELIVERY_REPORT


def test_a_forwarded_report_is_found_among_the_parts() -> None:
    """A delivery status says what it is even where the top-level type does not."""
    letter = BodyPart("", "multipart/mixed", children=(BodyPart("1", "message/delivery-status"),))
    assert kind_of(structure=letter) is Kind.DELIVERY_REPORT


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("X-Failed-Recipients: a@example.org", "failed_recipients"),
        ("Auto-Submitted: auto-replied", "auto_submitted"),
        ("X-Autoreply: yes", "x_autoreply"),
        ("Subject: Re: Login", ""),
    ],
)
def test_the_rule_that_decided_is_told(field: str, rule: str) -> None:
    """By its name in docs/replies.md; a person's letter is what no rule fits."""
    assert classify(Headers.read(field.encode())).rule == rule


def test_a_report_without_a_type_is_what_its_parts_are() -> None:
    """RFC 6522 demands report-type; who leaves it out still sends the part."""
    receipt = BodyPart("", "multipart/report", children=(BodyPart("1", "message/disposition-notification"),))
    assert kind_of("Content-Type: multipart/report", structure=receipt) is Kind.DISPOSITION_NOTIFICATION


def test_every_rule_stands_in_the_docs_with_its_source() -> None:
    """In their order, each name once."""
    page = (Path(__file__).parents[2] / "docs" / "replies.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| .*? \| (.*?) \|$", page, re.MULTILINE)
    assert rows == [(rule.name, rule.kind, rule.source) for rule in RULES]
    assert len({rule.name for rule in RULES}) == len(RULES)


@given(st.binary(), st.text())
def test_any_message_is_something(raw: bytes, content_type: str) -> None:
    """No bytes raise."""
    assert classify(Headers.read(raw), BodyPart("", content_type)).kind in Kind
