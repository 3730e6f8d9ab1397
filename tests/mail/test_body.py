"""Which part is the text, which are attachments, what they are called, what their bytes say."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.body import attachments, decode_part, html_part, text_part
from mail.filename import filename, filename_candidates
from mail.structure import BodyPart


def part(content_type: str, *children: BodyPart, disposition: str = "", name: str = "") -> BodyPart:
    names = {"filename": name} if name else {}
    return BodyPart("1", content_type, disposition=disposition, disposition_parameters=names, children=tuple(children))


PLAIN, HTML, PICTURE = part("text/plain"), part("text/html"), part("image/png", disposition="inline", name="a.png")
PDF = part("application/pdf", disposition="attachment", name="a.pdf")
LOG = part("text/plain", disposition="attachment", name="a.log")
ORIGINAL = part("message/rfc822")


def outline(structure: BodyPart) -> list[tuple[str, bool]]:
    return [(one.part.content_type, one.inline) for one in attachments(structure)]


def test_a_usual_letter_has_text_html_picture_and_file() -> None:
    """mixed(alternative(text, related(html, picture)), file) falls into its four pieces."""
    related = part("multipart/related", HTML, PICTURE)
    letter = part("multipart/mixed", part("multipart/alternative", PLAIN, related), PDF)
    assert text_part(letter) is PLAIN
    assert html_part(letter) is HTML
    assert outline(letter) == [("image/png", True), ("application/pdf", False)]


def test_an_attached_text_is_a_file() -> None:
    """A log sent along is not what the person wrote."""
    letter = part("multipart/mixed", LOG, HTML)
    assert text_part(letter) is None
    assert outline(letter) == [("text/plain", False)]


def test_an_attached_text_needs_no_name() -> None:
    """The disposition alone makes it a file."""
    assert text_part(part("multipart/mixed", part("text/plain", disposition="attachment"))) is None


def test_reports_and_forwarded_letters_are_attachments() -> None:
    """What a report carries can be saved."""
    report = part("multipart/report", PLAIN, part("message/delivery-status"), ORIGINAL)
    assert outline(report) == [("message/delivery-status", False), ("message/rfc822", False)]


def test_text_after_a_picture_is_kept() -> None:
    """Apple Mail writes text, picture, text: the second text is shown too, and lost nowhere."""
    assert outline(part("multipart/mixed", PLAIN, PICTURE, part("text/plain"))) == [
        ("image/png", True),
        ("text/plain", True),
    ]


def test_a_single_named_text_is_the_text() -> None:
    """Some programs name the only part."""
    only = part("text/plain", name="message.txt")
    assert text_part(only) is only
    assert attachments(only) == ()


def test_deep_structures_are_walked() -> None:
    """Five thousand levels do not exhaust the stack."""
    structure = PLAIN
    for _ in range(5000):
        structure = part("multipart/mixed", structure)
    assert text_part(structure) is None


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"filename": "a.txt"}, ("a.txt",)),
        ({"filename*": "utf-8'de'%C3%BCber.txt"}, ("über.txt",)),
        ({"filename*0*": "utf-8''%C3", "filename*1*": "%BCber", "filename*2": ".txt"}, ("über.txt",)),
        ({"filename*0": "long ", "filename*1": "name.txt"}, ("long name.txt",)),
        ({"filename": "=?utf-8?q?=C3=BCber.txt?="}, ("über.txt",)),
        ({"filename": "safe.txt", "filename*": "utf-8''evil.exe"}, ("evil.exe", "safe.txt")),
        ({"filename*": "%41.txt"}, ("A.txt",)),
        ({"filename": "a\r\nb"}, ("a b",)),
        ({}, ()),
    ],
)
def test_every_claimed_name_is_found(parameters: Mapping[str, str], names: tuple[str, ...]) -> None:
    """RFC 2231, RFC 2047 and both at once, best first."""
    assert filename_candidates(BodyPart("1", "a/b", disposition_parameters=parameters)) == names


def test_conflicting_names_are_flagged() -> None:
    """What one mail reader calls safe.txt, another calls evil.exe."""
    conflicting = BodyPart("1", "a/b", {"name": "safe.txt"}, disposition_parameters={"filename": "evil.exe"})
    (attachment,) = attachments(conflicting)
    assert attachment.filename == "evil.exe"
    assert attachment.conflicting_names


@pytest.mark.parametrize(
    ("charset", "encoding", "data", "text"),
    [
        ("utf-8", "quoted-printable", b"Gr=C3=BC=C3=9Fe=\r\n!", "Grüße!"),
        ("iso-8859-1", "8bit", "“naïve”".encode("cp1252"), "“naïve”"),
        ("utf-8", "base64", b"R3LD\r\nvMOfZQ", "Grüße"),
        ("utf-8", "BASE64", b"YQ==Yg==", "ab"),
        ("utf-8", "8bit", b"caf\xe9", "café"),
        ("us-ascii", "7bit", "日本".encode(), "日本"),
        ("gb2312", "8bit", "镕".encode("gb18030"), "镕"),
        ("unknown-8bit", "8bit", "né".encode(), "né"),
        ("utf\0-8", "8bit", b"a", "a"),
        ("utf-7", "7bit", b"+ADw-", "+ADw-"),
        ("base64", "7bit", b"YQ==", "YQ=="),
        ("unicode_escape", "7bit", rb"\u003c", r"\u003c"),
        ("utf-8", "8bit", "日本".encode()[:-1], "日"),
        ("koi8-r", "8bit", "привет".encode("koi8-r"), "привет"),
    ],
)
def test_bytes_become_text(charset: str, encoding: str, data: bytes, text: str) -> None:
    """Declared, wrong, unknown, refused and cut charsets all give readable text."""
    assert decode_part(BodyPart("1", "text/plain", {"charset": charset}, encoding), data) == text


@given(st.text(max_size=20), st.sampled_from(["base64", "quoted-printable", "7bit", "x"]), st.binary())
def test_any_bytes_become_text(charset: str, encoding: str, data: bytes) -> None:
    """No charset, encoding or bytes raise, and what comes out can be written as JSON."""
    decode_part(BodyPart("1", "text/plain", {"charset": charset}, encoding), data).encode()


@given(st.dictionaries(st.sampled_from(["filename", "filename*", "filename*0*", "filename*1"]), st.text()))
def test_any_name_is_read(parameters: dict[str, str]) -> None:
    """No name raises."""
    filename(BodyPart("1", "a/b", disposition_parameters=parameters)).encode()
