"""Messages that are forwarded: nothing of them is lost, and nothing of them does harm."""

import base64
import email
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dev.lab import Lab, User
from dev.mail_server import EmbeddedMail
from mail.account import Account
from mail.composer import compose
from mail.draft import Drafting
from mail.errors import AttachmentTooLarge, MessageNotFound
from mail.forward import load_forwarded
from mail.mailbox import Mailbox
from mail.original import find_original
from mail.policy import Policy
from mail.template import Templates
from models.address import Address
from models.content import EmailContent
from models.send import LetterRequest
from tests.mail.parts import content_ids, digests, leaves, nested, octets, text, wire

CORPUS = Path(__file__).parent / "corpus" / "originals"
ORIGINALS = {file.stem: wire(file.read_bytes()) for file in sorted(CORPUS.glob("*.eml"))}
WHOLE = ("broken-charset", "cut", "deep", "encrypted", "message-alone", "no-boundary", "uuencoded")

Forward = Callable[..., Awaitable[bytes]]


async def forwarded(account: Account, name: str, content: EmailContent | None, policy: Policy) -> bytes:
    """The letter that takes along the message of this name."""
    assert account.imap
    mailbox = Mailbox(account.imap, "soc")
    try:
        pointer = await find_original(mailbox, f"<{name}@lab.test>", ["INBOX"])
        loaded = await load_forwarded(mailbox, pointer, policy.max_attachments_bytes)
    finally:
        await mailbox.close()
    request = LetterRequest(
        account="",
        identity="1",
        date=datetime(2026, 11, 22, tzinfo=UTC),
        subject="Fwd: Invoice",
        content=content,
        recipients=(Address(address="alice@lab.test"),),
        forwarded=pointer,
    )
    return compose(Drafting(account, policy, Templates({})).letter(request, "<1@lab.test>", loaded))


@pytest.fixture
def forward(lab: Lab, lab_user: User) -> Forward:
    """Lays a message of the corpus into a mailbox on Dovecot and forwards it."""

    async def run(
        name: str, content: EmailContent | None = None, policy: Policy | None = None, raw: bytes = b""
    ) -> bytes:
        lab.deliver(lab_user.name, raw or ORIGINALS[name])
        return await forwarded(lab.account(lab_user.name), name, content, policy or Policy())

    return run


@pytest.fixture
def forward_embedded(embedded: EmbeddedMail) -> Forward:
    """The same on the embedded server."""

    async def run(name: str) -> bytes:
        await embedded.deliver("soc", ORIGINALS[name])
        return await forwarded(embedded.account("soc"), name, None, Policy())

    return run


@pytest.mark.live
@pytest.mark.parametrize("name", [name for name in ORIGINALS if name not in WHOLE])
async def test_every_file_goes_along_unchanged(forward: Forward, name: str) -> None:
    """The decoded octets of each, compared by sha256; and the same letter is the same bytes."""
    raw = await forward(name)
    originals = [] if name == "nested-long-line" else digests(ORIGINALS[name])
    assert set(originals) <= set(digests(raw))
    assert raw == await forward(name)


@pytest.mark.live
@pytest.mark.parametrize("name", WHOLE)
async def test_what_cannot_be_taken_apart_goes_along_whole(forward: Forward, name: str) -> None:
    """As an attached message, with all that it had when it came."""
    raw = await forward(name, EmailContent(text="Look"))
    assert ORIGINALS[name].rstrip() in raw
    assert text(raw).startswith("Look")
    assert email.message_from_bytes(raw).get_content_type() == "multipart/mixed"


@pytest.mark.live
@pytest.mark.parametrize("name", ["nested", "nested-8bit", "nested-base64"])
async def test_a_message_inside_stays_what_it_was(forward: Forward, name: str) -> None:
    """RFC 2046 §5.2.1 forbids to encode it: its octets are the same."""
    inside = nested(ORIGINALS["nested" if name == "nested-base64" else name])
    assert nested(await forward(name)).rstrip() == inside.rstrip()


@pytest.mark.live
async def test_eight_bits_inside_are_told_outside(forward: Forward) -> None:
    """RFC 2045 §6.4."""
    wide, plain = [email.message_from_bytes(await forward(name)) for name in ("nested-8bit", "nested")]
    assert (wide["Content-Transfer-Encoding"], plain["Content-Transfer-Encoding"]) == ("8bit", None)


@pytest.mark.live
async def test_a_message_inside_that_cannot_travel_becomes_a_file(forward: Forward) -> None:
    """RFC 5321 §4.5.3.1.6 limits lines; base64 keeps the octets."""
    part = list(leaves(email.message_from_bytes(await forward("nested-long-line"))))[1]
    assert (part.get_filename(), part.get_content_type()) == ("message.eml", "application/octet-stream")
    assert octets(part).rstrip() == nested(ORIGINALS["nested-long-line"]).rstrip()


@pytest.mark.live
async def test_pictures_are_still_shown(forward: Forward) -> None:
    """With the Content-IDs they had; what no reader can find by its id is a file."""
    raw = await forward("newsletter")
    html = text(raw, "text/html")
    assert content_ids(raw) == ["<logo.1@lab.test>", "<back@lab.test>"]
    assert 'src="cid:logo.1@lab.test"' in html
    assert "url(cid:back@lab.test)" in html
    assert '<p class="x" style="color: red;">Grüße</p>' in html


@pytest.mark.live
async def test_files_keep_their_names_and_types(forward: Forward) -> None:
    """RFC 2231 and RFC 2047 are read, and written the one way that all understand."""
    parts = {one.get_filename(): one for one in leaves(email.message_from_bytes(await forward("newsletter")))}
    assert parts['Prüfbericht; "neu".pdf'].get_content_type() == "application/pdf"
    assert parts["list.csv"].get_content_charset() == "iso-8859-1"
    assert octets(parts["list.csv"]).decode("iso-8859-1") == "a;b;c\r\nä;ö;ü"


@pytest.mark.live
async def test_the_texts_are_quoted_below_ours_with_their_header(forward: Forward) -> None:
    """In both forms, and markup in a name or a text stays text."""
    raw = await forward("newsletter", EmailContent(text="Is this <b>bad</b>?"))
    plain, html = text(raw).replace("\r\n", "\n"), text(raw, "text/html")
    assert plain.startswith("Is this <b>bad</b>?\n\n-------- Forwarded Message --------\nFrom: ")
    assert "Date: Sun, 22 Nov 2026 10:14:00 +0100\nSubject: Invoice\nTo: SOC <soc@lab.test>, carol@lab.test\n" in plain
    assert "Grüße & <b>not bold</b>" in plain
    assert html.index("Is this &lt;b&gt;bad&lt;/b&gt;?") < html.index("Alice &lt;b&gt;Doe") < html.index("Grüße")


@pytest.mark.live
async def test_our_own_html_holds_whatever_is_forwarded(forward: Forward) -> None:
    """A text that is forwarded by HTML is quoted in it; what we left open does not reach it."""
    html = text(await forward("text-alone", EmailContent(html="<p>Our <b>words")), "text/html")
    assert "<p>Our <b>words</b></p><div" in html
    assert "It\u2019s \u20ac 5 &lt; 6 &amp; so on." in html


@pytest.mark.live
async def test_nothing_but_the_original_is_enough(forward: Forward) -> None:
    """Content is optional."""
    assert text(await forward("text-alone")).startswith("-------- Forwarded Message --------")


@pytest.mark.live
async def test_hostile_names_are_names(forward: Forward) -> None:
    """No line of a header comes of them."""
    message = email.message_from_bytes(await forward("names"))
    assert "Bcc" not in message
    names = [one.get_filename() for one in leaves(message)][1:]
    assert names == ["🦊../../etc/passwd", "a Bcc: evil@evil.test", None, "empty"]


@pytest.mark.live
async def test_too_large_is_said_before_anything_is_loaded(forward: Forward) -> None:
    """And again when all that goes along is known."""
    large = ORIGINALS["file-alone"] + (b"A" * 76 + b"\r\n") * 20_000
    with pytest.raises(AttachmentTooLarge, match="the message to forward"):
        await forward("file-alone", policy=Policy(max_attachments_bytes=1000), raw=large)
    with pytest.raises(AttachmentTooLarge, match="brings the files to"):
        await forward("newsletter", policy=Policy(max_attachments_bytes=5800))


@pytest.mark.live
async def test_a_message_that_is_nowhere_is_named(lab: Lab, lab_user: User) -> None:
    """With what became of each folder."""
    with pytest.raises(MessageNotFound, match=r"<nowhere@lab\.test> in INBOX") as caught:
        await forwarded(lab.account(lab_user.name), "nowhere", None, Policy())
    assert caught.value.details["folders"] == [{"name": "INBOX", "status": "searched", "matched": 0}]


async def test_a_message_is_forwarded_from_the_embedded_server(forward_embedded: Forward) -> None:
    """That server adds a line end to files in plain text; the others are compared."""
    raw = await forward_embedded("newsletter")
    assert len(set(digests(raw)) & set(digests(ORIGINALS["newsletter"]))) == 4
    assert content_ids(raw) == ["<logo.1@lab.test>", "<back@lab.test>"]
    assert nested(await forward_embedded("nested")).rstrip() == nested(ORIGINALS["nested"]).rstrip()


def test_the_corpus_has_files_to_compare() -> None:
    """Base64 of real size, so that a lost or an added octet shows."""
    assert len(digests(ORIGINALS["newsletter"])) == 6
    assert len(base64.b64encode(ORIGINALS["newsletter"])) > 10_000
