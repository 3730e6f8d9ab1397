"""Letters as bytes: what goes in comes out at the reader, or nothing goes out."""

import email
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import Message
from email.policy import default
from email.utils import getaddresses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import composer
from mail.composer import compose, is_smtputf8
from mail.errors import AttachmentNotFound, InvalidContent
from mail.letter import Letter
from models.address import Address

PLAIN = Letter(
    message_id="<1@x.example>",
    date=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
    sender=Address(address="soc@x.example", name="SOC"),
    to=(Address(address="a@x.example"),),
    subject="Hello",
    text="Hi",
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.text('=?utf-8bqQ:_@<>,;"\\ \t\r\nAB0dä', max_size=120),
    st.from_regex(r"=\?(utf-8|latin1|x)\?[bq]\?[A-Za-z0-9=_+/]{0,30}\?=( x)?", fullmatch=True),
)

SPOILED: list[Callable[[str], Letter]] = [
    lambda bad: replace(PLAIN, subject=bad),
    lambda bad: replace(PLAIN, sender=Address(address="a@x.example", name=bad)),
    lambda bad: replace(PLAIN, cc=(Address(address="a@x.example", name=bad),)),
    lambda bad: replace(PLAIN, headers={"X-Note": bad}),
    lambda bad: replace(PLAIN, message_id=f"<{bad}>"),
    lambda bad: replace(PLAIN, in_reply_to=f"<{bad}>"),
    lambda bad: replace(PLAIN, references=(f"<{bad}>",)),
]


def parsed(letter: Letter) -> Message:
    """The finished bytes, through the parser of somebody else."""
    return email.message_from_bytes(compose(letter))


def decoded(value: str) -> str:
    """A header value as readers show it."""
    return str(make_header(decode_header(value.replace("\r\n", ""))))


def addresses(letter: Letter, name: str) -> list[str]:
    """The addresses of a field, read with the strictest parser at hand."""
    message = email.message_from_bytes(compose(letter), policy=default)
    return [one.addr_spec for field in message.get_all(name, []) for one in field.addresses]


def composed(letter: Letter) -> bytes:
    """The bytes, or none where the letter is refused."""
    try:
        return compose(letter)
    except InvalidContent:
        return b""


@given(TEXTS)
def test_any_subject_comes_back_or_is_refused(subject: str) -> None:
    """And it never becomes another header field."""
    raw = composed(replace(PLAIN, subject=subject))
    if raw:
        message = email.message_from_bytes(raw)
        assert decoded(message["Subject"]) == subject
        assert message.keys() == parsed(PLAIN).keys()


@given(TEXTS)
def test_any_name_comes_back_or_is_refused(name: str) -> None:
    """And it never adds a recipient."""
    to = (Address(address="a@x.example", name=name), Address(address="b@x.example"))
    letter = replace(PLAIN, to=to)
    if composed(letter):
        assert addresses(letter, "To") == ["a@x.example", "b@x.example"]
        (shown, _), _ = getaddresses([parsed(letter)["To"]])
        assert decoded(shown) == name


@given(TEXTS, TEXTS)
def test_any_further_header_comes_back_or_is_refused(name: str, value: str) -> None:
    """Neither name nor value writes lines of its own."""
    raw = composed(replace(PLAIN, headers={name: value}))
    if raw:
        message = email.message_from_bytes(raw)
        assert sorted(message.keys()) == sorted([*parsed(PLAIN).keys(), name])
        assert decoded(message[name]) == value


@given(st.one_of(st.emails(), st.text(max_size=60), st.text('a@.,<>" ä\r\n()', max_size=30)))
def test_any_address_is_one_recipient_or_refused(address: str) -> None:
    """An unchecked string never becomes two recipients."""
    letter = replace(PLAIN, to=(Address(address=address),))
    if composed(letter) and not is_smtputf8(letter):
        assert len(addresses(letter, "To")) == 1


@given(st.text(min_size=1), st.text(max_size=200))
def test_any_text_arrives(text: str, html: str) -> None:
    """Line ends apart, not a character is lost; lines stay short and 7 bits wide."""
    bodies = [one for one in (text, html.replace("<", "")) if one]
    raw = composed(replace(PLAIN, text=text, html=html.replace("<", "")))
    if not raw:
        return
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    parts = [part for part in email.message_from_bytes(raw).walk() if not part.is_multipart()]
    assert [content(part).rstrip("\r\n") for part in parts] == [lines(body).rstrip("\r\n") for body in bodies]


def content(part: Message) -> str:
    """The decoded text of a part."""
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def lines(text: str) -> str:
    """The text with the line ends of mail."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@pytest.mark.parametrize(
    "bad",
    [
        "x\r\nBcc: evil@x.example",
        "x\nBcc: evil@x.example",
        "x\0",
        "x\x85y",
        "x\u2028y",
        "=?utf-8?q?a=0d=0aBcc:_evil@x?=",
        "=?utf-8?b?YQ0KQmNjOiBldmls?=",
        "a =?utf-8?Q?=00?= b",
        "\ud800",
    ],
)
@pytest.mark.parametrize("spoil", SPOILED)
def test_control_characters_are_refused_everywhere(bad: str, spoil: Callable[[str], Letter]) -> None:
    """Plain or hidden in encoded words (CVE-2024-6923)."""
    with pytest.raises(InvalidContent):
        compose(spoil(bad))


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example, evil@x.example",
        "a@x.example>",
        "<a@x.example>",
        "a b@x.example",
        "",
        "a",
        "a@",
        "@x.example",
        "a@x..example",
        'a"@x.example',
        "a@x.example\n",
        "a\u200b@x.example",
        "x" * 65 + "@x.example",
    ],
)
def test_what_is_no_single_address_is_refused(address: str) -> None:
    """Even where a model was made without its checks."""
    with pytest.raises(InvalidContent):
        compose(replace(PLAIN, to=(Address(address=address),)))


@pytest.mark.parametrize("name", ["Bcc", "to", "Content-Type", "Resent-To", "X Y", "X:", "", "Ä"])
def test_our_own_fields_are_not_for_others(name: str) -> None:
    """Further headers cannot say what composing says."""
    with pytest.raises(InvalidContent):
        compose(replace(PLAIN, headers={name: "x"}))


def test_the_same_letter_is_the_same_bytes(tmp_path: Path) -> None:
    """A retried send is the same letter; another Message-ID is another one."""
    (tmp_path / "a.bin").write_bytes(b"x")
    letter = replace(PLAIN, html="<p>x</p>", attachments=(tmp_path / "a.bin",))
    assert compose(letter) == compose(replace(letter))
    assert compose(letter) != compose(replace(letter, message_id="<2@x.example>"))


def test_attachments_arrive_octet_for_octet(tmp_path: Path) -> None:
    """Whatever the name says they are, and however they are called."""
    files = {
        "a.txt": b"a\nb\r\nc\r",
        'Prüfbericht; "neu".pdf': bytes(range(256)) * 50,
        "mail.eml": b"From: x\n\nx\n",
        "empty": b"",
        "データ.tar.gz": b"\x1f\x8b",
        "x" * 200 + ".html": b"<p>",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    message = parsed(replace(PLAIN, attachments=tuple(tmp_path / name for name in files)))
    found = {part.get_filename(): digest(part) for part in message.walk() if part.get_filename()}
    assert found == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def digest(part: Message) -> str:
    """The sha256 of the file in a part."""
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return hashlib.sha256(payload).hexdigest()


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.pdf", "application/pdf"),
        ("a.txt", "text/plain"),
        ("a", "application/octet-stream"),
        ("a.eml", "application/octet-stream"),
        ("a.tar.gz", "application/octet-stream"),
        ("data:,x", "application/octet-stream"),
    ],
)
def test_the_name_tells_the_type(tmp_path: Path, name: str, content_type: str) -> None:
    """By Python's own table; a letter in base64 would not be a letter (RFC 2046)."""
    (tmp_path / name).write_bytes(b"x")
    attached = parsed(replace(PLAIN, attachments=(tmp_path / name,))).get_payload(1)
    assert isinstance(attached, Message)
    assert attached.get_content_type() == content_type


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    """It was there when it was checked; now it is not."""
    with pytest.raises(AttachmentNotFound, match="gone"):
        compose(replace(PLAIN, attachments=(tmp_path / "gone",)))


def test_text_and_html_are_alternatives(tmp_path: Path) -> None:
    """With files around them, in the order in which readers choose."""
    (tmp_path / "a").write_bytes(b"x")
    message = parsed(replace(PLAIN, html="<p>x</p>", attachments=(tmp_path / "a",)))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/octet-stream",
    ]


def test_a_boundary_in_the_text_is_avoided() -> None:
    """A text that quotes our own boundary cannot end its part."""
    letter = replace(PLAIN, html="<p>x</p>")
    boundary = parsed(letter).get_boundary()
    message = parsed(replace(letter, text=f"--{boundary}--\n\nevil"))
    assert len(message.get_payload()) == 2
    assert message.get_boundary() != boundary


def test_threads_hang_together() -> None:
    """Long ids are neither encoded nor broken."""
    ids = tuple(f"<{'x' * 90}{number}@x.example>" for number in range(20))
    message = parsed(replace(PLAIN, in_reply_to=ids[0], references=ids))
    assert message["In-Reply-To"].strip() == ids[0]
    assert tuple(message["References"].split()) == ids


def test_it_says_that_a_machine_wrote_it() -> None:
    """RFC 3834, so that auto-responders stay silent; blind copies stay blind."""
    message = parsed(PLAIN)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Mon, 04 May 2026 03:02:01 +0000"
    assert "Bcc" not in message


def test_domains_are_ascii_in_the_header() -> None:
    """Old servers do not know Unicode; addresses compare the same."""
    letter = replace(PLAIN, to=(Address(address="a@bücher.example", name="Bücher, GmbH"),))
    assert addresses(letter, "To") == ["a@xn--bcher-kva.example"]
    assert compose(letter).isascii()


def test_a_local_part_beyond_ascii_makes_the_header_utf8() -> None:
    """Only then: RFC 6532."""
    letter = replace(PLAIN, to=(Address(address="jürgen@bücher.example", name="Jürgen"),), subject="Grüße")
    assert is_smtputf8(letter)
    assert not is_smtputf8(PLAIN)
    raw = compose(letter).decode()
    assert 'To: "Jürgen" <jürgen@bücher.example>\r\n' in raw
    assert "Subject: Grüße\r\n" in raw


def test_styles_move_into_their_elements() -> None:
    """Nothing is loaded for it, from the net or from this machine."""
    html = '<link rel="stylesheet" href="file:///etc/passwd"><style>p{color:red}</style><p>x</p>'
    assert '<p style="color: red;">' in content(parsed(replace(PLAIN, text="", html=html)))


def test_deep_html_does_not_end_the_worker() -> None:
    """css-inline would run out of stack: such HTML stays as it is."""
    html = "<style>p{margin:0}</style>" + "<b>" * 100_000
    assert content(parsed(replace(PLAIN, text="", html=html))).rstrip() == html


def test_tangled_html_stays_as_it_is() -> None:
    """What parsers repeat in each block would make a letter of megabytes."""
    html = "<style>p{margin:0}</style>" + "<p><b>" * 2000
    assert content(parsed(replace(PLAIN, text="", html=html))).rstrip() == html


@pytest.mark.parametrize("name", ["text_field", "address_field"])
def test_bytes_that_read_back_differently_do_not_leave(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Should a field ever be written wrongly, reading it back stops the letter."""
    written = getattr(composer, name)
    evil = "\r\nBcc: evil@x.example" if name == "text_field" else ", evil@x.example"

    def spoilt(*args: object, **options: object) -> str:
        return f"{written(*args, **options)}{evil}"

    monkeypatch.setattr(composer, name, spoilt)
    with pytest.raises(InvalidContent, match="read back"):
        compose(PLAIN)
