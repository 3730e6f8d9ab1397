"""Services that give letters ids of their own, and how they tell."""

from datetime import UTC, datetime

import pytest

from mail.account import Account, SmtpServer
from mail.draft import Drafting
from mail.policy import Policy
from mail.renaming import renamed_to, renames
from mail.template import Templates
from models.address import Address
from models.content import EmailContent
from models.send import LetterRequest

OURS = "<letter-1@example.org>"
SES_ID = "0100017c9add7f0f-9e3cc339-71e1-431a-97cd-bb5038eaeaba-000000"
OUTLOOK = "<PN3PR01MB9597DA86@PN3PR01MB9597.INDPRD01.PROD.OUTLOOK.COM>"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("email-smtp.us-east-1.amazonaws.com", "email.amazonses.com"),
        ("Email-SMTP.eu-west-1.amazonaws.com.", "eu-west-1.amazonses.com"),
        ("email-smtp-fips.us-west-2.amazonaws.com", "us-west-2.amazonses.com"),
        ("vpce-0a1b-2c3d.email-smtp.eu-central-1.vpce.amazonaws.com", "eu-central-1.amazonses.com"),
    ],
)
def test_amazon_ses_tells_its_id(host: str, domain: str) -> None:
    """The region is in the name of the server, not in the reply."""
    assert renamed_to(OURS, f"Ok {SES_ID}", host) == f"<{SES_ID}@{domain}>"
    assert renames(host)


def test_microsoft_tells_the_id_in_use() -> None:
    """Exchange Online and Outlook.com give a new one, Exchange Server keeps ours."""
    assert renamed_to(OURS, f"2.0.0 OK {OUTLOOK} [Hostname=PN3PR01MB9597]", "smtp.office365.com") == OUTLOOK
    queued = "[InternalId=42, Hostname=mx.example.org] 1234 bytes in 0.1, 12 KB/sec Queued mail for delivery"
    assert renamed_to(OURS, f"2.6.0 {OURS.upper()} {queued}", "exchange.example.org") == ""


@pytest.mark.parametrize(
    ("reply", "host"),
    [
        ("2.0.0 Ok: queued as 4BZxyz", "mail.example.org"),
        (f"Ok {SES_ID}", "mail.example.org"),
        ("Ok", "email-smtp.eu-west-1.amazonaws.com"),
        (f"Ok {SES_ID}", "email-smtp.eu-west-1.amazonaws.com.evil.test"),
        ("OK id=1abc-000-00", "mail.example.org"),
        ("2.0.0 OK <alice@example.org> accepted", "mail.example.org"),
        ("", "smtp.office365.com"),
    ],
)
def test_other_replies_tell_nothing(reply: str, host: str) -> None:
    """Queue numbers are no Message-IDs."""
    assert renamed_to(OURS, reply, host) == ""


@pytest.mark.parametrize(("host", "kept"), [("email-smtp.eu-west-1.amazonaws.com", True), ("mail.example.org", False)])
def test_our_id_goes_along_where_it_would_be_lost(host: str, kept: bool) -> None:
    """In References, which the service leaves alone and most answers carry on."""
    account = Account(address="soc@example.org", smtp=SmtpServer(host=host))
    letter = Drafting(account, Policy(), Templates({})).letter(
        LetterRequest(
            account="soc",
            identity="letter-1",
            date=datetime(2026, 11, 22, tzinfo=UTC),
            subject="Re: Question",
            content=EmailContent(text="Well?"),
            recipients=(Address(address="alice@example.org"),),
            references=("<first@example.org>",),
        ),
        OURS,
    )
    assert letter.references == (("<first@example.org>", OURS) if kept else ("<first@example.org>",))
