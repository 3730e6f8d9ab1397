"""What a delivery report means for those who are awaited: whom it gives up, and whether it is about our letter."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail.correlation import reply_token
from mail.headers import Headers
from mail.incoming import IncomingMessage
from mail.reply import Us, judge
from mail.report import read_report
from models.wait import AwaitedLetter, Bounce, MessagePointer, ReadReply, ReadReplyRequest

CORPUS = Path(__file__).parent / "corpus" / "reports"
NOW = datetime(2026, 11, 2, tzinfo=UTC)
POINTER = MessagePointer(folder="INBOX", uid_validity=1, uid=7)
LETTER, NOBODY = "<letter-1@example.org>", "nobody@example.com"
TOKEN = reply_token(b"a key", LETTER)
US = Us(("soc@example.org",))
SIGNED = Us(("soc@example.org",), tokens={f"token:{TOKEN}": ""}, tagged_reports=True)


def judged(raw: bytes, us: Us = US, *, letter: str = LETTER, recipient: str = NOBODY) -> ReadReply:
    """What a wait for this recipient of this letter makes of the report."""
    message = IncomingMessage(POINTER, Headers.read(raw), NOW, len(raw))
    request = ReadReplyRequest(
        letter=AwaitedLetter(account="soc", message_ids=(letter,), since=NOW, folders=("INBOX",)),
        pointer=POINTER,
        recipients=("alice@example.com", recipient),
        exclude_pattern=None,
        reply_authentication="off",
        text_limit=1000,
    )
    return judge(message, request, us, report=read_report(raw), verdict=None)


def stored(name: str) -> bytes:
    return (CORPUS / f"{name}.eml").read_bytes()


@pytest.mark.parametrize("name", ["postfix", "exchange", "gmail", "exim", "exim-old", "qmail", "without-action"])
def test_a_failure_gives_up_whom_it_names(name: str) -> None:
    """And nobody else of the letter."""
    reply = judged(stored(name))
    assert (reply.kind, reply.tied) == ("bounce", True)
    assert [(one.recipient, one.state) for one in reply.bounces] == [(NOBODY, "bounced")]


def test_a_message_id_of_any_length_takes_little_room() -> None:
    """Strangers choose it, and a wait remembers all that it has seen; the same one is known again."""
    first, again = (
        judged(b"From: a@example.net\r\nMessage-ID: <" + b"x" * 900 + b"@y>\r\n\r\n" + b) for b in (b"1", b"2")
    )
    assert first.identities == again.identities
    assert max(map(len, first.identities)) < 100
    assert len(first.response.message_id or "") <= 500


def test_a_bounce_says_why_and_for_which_address() -> None:
    """The reply code, the status, the server's words."""
    (response,) = judged(stored("postfix")).bounces
    assert response.bounce
    assert (response.bounce.code, response.bounce.status) == ("550", "5.1.1")
    assert "User unknown" in response.bounce.diagnostic
    assert response.bounce.recipient == NOBODY


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("qmail", "Sorry, no mailbox here by that name. (#5.1.1)"),
        ("exim-old", f"SMTP error from remote mail server after RCPT TO:<{NOBODY}>: 550 5.1.1 user unknown"),
    ],
)
def test_the_servers_words_end_where_our_letter_begins(name: str, words: str) -> None:
    """Who reads why does not read the letter again."""
    (response,) = judged(stored(name)).bounces
    assert response.bounce
    assert response.bounce.diagnostic == words


def test_a_forwarded_letter_fails_elsewhere() -> None:
    """Whom we wrote to has bounced; which address failed is told."""
    raw = stored("postfix").replace(
        b"Final-Recipient: rfc822; nobody@example.com", b"Final-Recipient: rfc822; b@example.net"
    )
    (response,) = judged(raw).bounces
    assert (response.recipient, response.bounce and response.bounce.recipient) == (NOBODY, "b@example.net")


def test_the_address_that_failed_may_be_the_awaited_one() -> None:
    """A server that rewrote Original-Recipient still names whom we know."""
    raw = stored("postfix").replace(b"Original-Recipient: rfc822;nobody", b"Original-Recipient: rfc822;elsewhere")
    assert [one.recipient for one in judged(raw).bounces] == [NOBODY]


def test_a_delay_gives_nobody_up() -> None:
    """The report is ours, and changes nothing."""
    reply = judged(stored("delayed"))
    assert (reply.tied, reply.bounces) == (True, ())


def test_a_report_of_another_letter_gives_nobody_up() -> None:
    """No id of ours, no token: it may say what it likes."""
    reply = judged(stored("postfix"), letter="<letter-2@example.org>")
    assert (reply.kind, reply.tied, reply.bounces) == ("bounce", False, ())


def test_where_reports_come_signed_an_id_is_not_enough() -> None:
    """Ids can be guessed or seen, the token cannot."""
    assert judged(stored("postfix"), SIGNED).bounces == ()
    signed = b"Delivered-To: soc+r.%b@example.org\n" % TOKEN.encode() + stored("postfix")
    assert [one.recipient for one in judged(signed, SIGNED).bounces] == [NOBODY]


def test_a_report_without_any_id_is_known_by_its_token() -> None:
    """RFC 3464 does not want the letter returned."""
    raw = b"Delivered-To: soc+r.%b@example.org\n" % TOKEN.encode() + stored("postfix").replace(LETTER.encode(), b"")
    assert judged(raw, SIGNED).bounces


def test_the_rule_is_told() -> None:
    """By which the message was taken for a report."""
    assert judged(stored("qmail")).rule == "mailer_daemon"


def test_old_results_are_read() -> None:
    """A bounce of a history that knew neither code nor recipient."""
    assert Bounce.model_validate({"status": "5.1.1", "diagnostic": ""}).code == ""
