"""Pictures in our HTML: `cid:name.png` shows the attached file of that name."""

import email
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path

import pytest

from mail.account import Account
from mail.composer import compose
from mail.draft import Drafting
from mail.enclosure import Enclosure
from mail.letter import Letter
from mail.policy import Policy
from mail.template import Template, Templates
from models.address import Address
from models.content import EmailContent
from models.send import LetterRequest
from tests.mail.parts import leaves, octets, text

FILES = {"logo.png": b"\x89PNG", "my chart.gif": b"GIF89a", "report.pdf": b"%PDF"}


@pytest.fixture
def drafting(tmp_path: Path) -> Drafting:
    """An account whose files lie in a folder."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    policy = Policy(attachment_roots=(tmp_path,))
    return Drafting(
        Account(address="soc@lab.test"),
        policy,
        Templates({"card": Template(html='<img src="cid:logo.png">{{ content }}')}),
    )


def composed(drafting: Drafting, content: EmailContent) -> bytes:
    """The letter with all three files."""
    (root,) = drafting.policy.attachment_roots
    request = LetterRequest(
        account="",
        identity="1",
        date=datetime(2026, 11, 22, tzinfo=UTC),
        subject="Hello",
        content=content,
        recipients=(Address(address="alice@lab.test"),),
        attachments_paths=tuple(str(root / name) for name in FILES),
    )
    return compose(drafting.letter(request, "<1@lab.test>"))


def shown(raw: bytes) -> dict[str, bytes]:
    """The pictures by the `cid:` under which the HTML finds them."""
    html = text(raw, "text/html")
    parts = leaves(email.message_from_bytes(raw))
    found = {str(part["Content-ID"]).strip("<>"): octets(part) for part in parts if part["Content-ID"]}
    assert all(f"cid:{one}" in html for one in found)
    return found


@pytest.mark.parametrize(
    ("html", "pictures"),
    [
        ('<p><img src="cid:logo.png"></p>', [b"\x89PNG"]),
        ("<img src='cid:my%20chart.gif'><img src=\"CID:logo.png\">", [b"\x89PNG", b"GIF89a"]),
        ('<img src="cid:my chart.gif"><img src="cid:my chart.gif">', [b"GIF89a"]),
        ('<p style="background: url(cid:logo.png)">x</p>', [b"\x89PNG"]),
        ("<img src=cid:logo.png alt=x>", [b"\x89PNG"]),
        ('<p style="background: url(&quot;cid:logo.png&quot;)">x</p>', [b"\x89PNG"]),
        ('<p>cid:logo.png</p><img src="cid:other.png">', []),
    ],
)
def test_files_that_the_html_names_are_shown(drafting: Drafting, html: str, pictures: list[bytes]) -> None:
    """The others are attached; nothing is there twice."""
    raw = composed(drafting, EmailContent(html=html))
    assert list(shown(raw).values()) == pictures
    parts = leaves(email.message_from_bytes(raw))
    everything = [octets(part) for part in parts if part.get_content_maintype() != "text"]
    assert sorted(everything) == sorted(FILES.values())


def test_the_parts_stand_as_rfc_2387_has_them(drafting: Drafting) -> None:
    """The pictures belong to the HTML alone, the files to the letter."""
    message = email.message_from_bytes(composed(drafting, EmailContent(html='<img src="cid:logo.png">', text="x")))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/gif",
        "application/pdf",
    ]
    related = next(part for part in message.walk() if part.get_content_type() == "multipart/related")
    assert related.get_param("type") == "text/html"
    picture = related.get_payload(1)
    assert isinstance(picture, Message)
    assert (picture.get_content_disposition(), picture.get_filename()) == ("inline", "logo.png")


def test_of_two_with_one_content_id_the_first_is_shown() -> None:
    """As readers do; the other is not lost."""
    twice = tuple(Enclosure(content_type="image/png", octets=one, content_id="x@y") for one in (b"1", b"2"))
    letter = Letter(
        message_id="<1@lab.test>",
        date=datetime(2026, 11, 22, tzinfo=UTC),
        sender=Address(address="soc@lab.test"),
        subject="Hello",
        text="",
        html='<img src="cid:x@y">',
        enclosures=twice,
    )
    message = email.message_from_bytes(compose(letter))
    dispositions = [(octets(part), part.get_content_disposition()) for part in leaves(message)][1:]
    assert dispositions == [(b"1", "inline"), (b"2", "attachment")]


def test_templates_show_pictures_too(drafting: Drafting) -> None:
    """A template is HTML like any other."""
    assert list(shown(composed(drafting, EmailContent(template="card", text="x"))).values()) == [b"\x89PNG"]


def test_the_same_letter_is_the_same_bytes(drafting: Drafting) -> None:
    """Content-IDs follow from the letter."""
    content = EmailContent(html='<img src="cid:logo.png">')
    assert composed(drafting, content) == composed(drafting, content)
