"""Send Email through Temporal, Exim and Dovecot: what arrives is what was asked for."""

import hashlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from dev.lab import User
from mail.policy import Policy
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk

pytestmark = pytest.mark.live

ID = {"return_message_id_for_the_sent_email": "true"}


def text_of(letter: EmailMessage, kind: str) -> str:
    """The text of this kind, if the letter has one."""
    part = letter.get_body((kind,))
    return str(part.get_content()).strip() if part else ""


@pytest.mark.parametrize(
    ("content", "plain", "html"),
    [
        ("Grüße aus 東京", "Grüße aus 東京", False),
        ("<p>Grüße aus <b>東京</b></p>", "Grüße aus 東京", True),
        ({"text": "Just this", "html": "<p>Grüße</p>"}, "Just this", True),
    ],
)
async def test_text_html_and_both_arrive(desk: Desk, alice: User, content: object, plain: str, *, html: bool) -> None:
    """There is a text in every letter, and HTML where it was given."""
    sent = await desk.send(alice, content=content, **ID)
    letter = await desk.received(alice, sent.message_id)
    assert text_of(letter, "plain") == plain
    assert bool(text_of(letter, "html")) is html
    assert not html or "Grüße" in text_of(letter, "html")


async def test_files_arrive_as_they_are(open_desk: OpenDesk, alice: User, tmp_path: Path) -> None:
    """Several files of any name come through unchanged."""
    files = {"Ünïcode, 報告.pdf": bytes(range(256)) * 2000, "dots.txt": b".\r\n..\nFrom me\r", "empty.bin": b""}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    desk = await open_desk(policy=Policy(attachment_roots=(tmp_path,)))
    sent = await desk.send(alice, attachments_paths=[str(tmp_path / name) for name in files], **ID)
    letter = await desk.received(alice, sent.message_id)
    arrived = {part.get_filename(): part.get_payload(decode=True) for part in letter.iter_attachments()}
    digests = {name: hashlib.sha256(bytes(content or b"")).digest() for name, content in arrived.items()}
    assert digests == {name: hashlib.sha256(content).digest() for name, content in files.items()}


async def test_names_subjects_and_addresses_may_use_all_of_unicode(desk: Desk) -> None:
    """RFC 6532: nothing is lost on the way, in header or envelope."""
    sent = await desk.send('"Müller, Jürgen" <jürgen@lab.test>', subject="Größe 東京 🦊 " + "ß" * 80, **ID)
    letter = await desk.received("juergen", sent.message_id)
    (recipient,) = letter["To"].addresses
    assert (recipient.display_name, recipient.addr_spec) == ("Müller, Jürgen", "jürgen@lab.test")
    assert letter["Subject"] == "Größe 東京 🦊 " + "ß" * 80
    assert sent.recipients == ("jürgen@lab.test",)


async def test_cc_is_shown_and_bcc_is_not(desk: Desk, alice: User, bob: User) -> None:
    """A blind copy arrives, and nobody can tell."""
    blind = desk.lab.add_user()
    sent = await desk.send(alice, cc=bob.address, bcc=[blind.address], **ID)
    letters = [await desk.received(user, sent.message_id) for user in (alice, bob, blind)]
    assert (sent.recipients, sent.cc, sent.bcc) == ((alice.address,), (bob.address,), (blind.address,))
    assert all(letter["Cc"] == bob.address and letter["Bcc"] is None for letter in letters)
    # The trace on top names whom a copy was delivered to; the letter itself does not.
    assert all(blind.address not in letter.as_string().partition("From:")[2] for letter in letters[:2])


async def test_the_header_says_when_by_whom_and_that_a_machine_sent_it(desk: Desk, alice: User) -> None:
    """Date, From, Message-ID and Auto-Submitted (RFC 3834) are ours."""
    sent = await desk.send(alice, **ID)
    letter = await desk.received(alice, sent.message_id)
    assert letter["Date"].datetime == sent.date.replace(microsecond=0)
    assert timedelta() <= datetime.now(UTC) - sent.date < timedelta(minutes=1)
    assert letter["From"].addresses[0].addr_spec == desk.user.address
    assert letter["Auto-Submitted"] == "auto-generated"
    assert str(letter["Message-ID"]).endswith("@lab.test>")


async def test_one_copy_lies_in_sent(desk: Desk, alice: User) -> None:
    """What was sent can be read where people look for it."""
    sent = await desk.send(alice, bcc="bob@lab.test", **ID)
    arrived = await desk.received(alice, sent.message_id)
    (copy,) = desk.letters(desk.name, sent.message_id, "Sent")
    assert copy.get_content() == arrived.get_content()


async def test_the_message_id_is_told_on_request_alone(desk: Desk, alice: User) -> None:
    """The SOAR's switch is obeyed."""
    assert (await desk.send(alice)).message_id is None


async def test_answers_go_where_the_letter_says(desk: Desk, alice: User) -> None:
    """A given Reply-To is used."""
    sent = await desk.send(alice, reply_to="Desk <desk@lab.test>", **ID)
    letter = await desk.received(alice, sent.message_id)
    assert letter["Reply-To"] == "Desk <desk@lab.test>"
