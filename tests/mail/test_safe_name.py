"""Names of strangers made harmless."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mail.safe_name import numbered, safe_name

PDF = "application/pdf"
HOSTILE = [
    "/",
    "\\",
    "..",
    ".",
    "\0",
    " ",
    "\u202e",
    "con",
    "NUL",
    ":",
    "-",
    "~",
    "é",
    "e\u0301",
    "\u200d",
    "日",
    "\n",
    "\ud800",
]
NAMES = st.one_of(st.text(), st.lists(st.sampled_from(HOSTILE)).map("".join), st.text(min_size=200, max_size=400))


@given(NAMES, st.integers(1, 10_000))
def test_a_safe_name_is_one_visible_component(claimed: str, number: int) -> None:
    """Whatever was claimed: no way out, nothing hidden, nothing too long, in one form of Unicode."""
    name = numbered(safe_name(claimed, PDF, 1), number)
    assert name
    assert not set(name) & set('/\\<>:"|?*\0')
    assert name[0] not in ".-~ "
    assert name[-1] not in ". "
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in name)
    assert unicodedata.is_normalized("NFC", name)
    assert len(name.encode()) <= 255


@example("0\r\x1b\r0")
@given(NAMES)
def test_a_safe_name_stays_as_it_is(claimed: str) -> None:
    """Making it safe again changes nothing."""
    name = safe_name(claimed, PDF, 1)
    assert safe_name(name, PDF, 1) == name


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        ("Reports, 2026.pdf", "Reports, 2026.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/cron.d/x", "x"),
        ("C:\\Users\\a\\b.doc", "b.doc"),
        ("..\\..\\x.exe", "x.exe"),
        ("a/..", "a"),
        ("..", "attachment-3.pdf"),
        ("", "attachment-3.pdf"),
        ("a\0b.txt", "ab.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (".htaccess", "htaccess"),
        ("-rf", "_rf"),
        ("~root", "_root"),
        ("NUL", "_NUL"),
        ("con.tar.gz", "_con.tar.gz"),
        ("COM¹.txt", "_COM¹.txt"),
        ("consent.txt", "consent.txt"),
        ("x.exe . .", "x.exe"),
        ("x.txt:hidden.exe", "x.txt_hidden.exe"),
        ("a\r\nb  c.txt", "a b c.txt"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_hostile_names(claimed: str, name: str) -> None:
    """Traversal, absolute paths, NUL, overrides, devices, streams, hidden files."""
    assert safe_name(claimed, PDF, 3) == name


def test_long_names_keep_their_extension() -> None:
    """300 characters of three octets each: cut between characters."""
    name = safe_name("報" * 300 + ".docx", PDF, 1)
    assert name.endswith("報.docx")
    assert 230 < len(name.encode()) <= 240


@pytest.mark.parametrize(
    ("content_type", "name"),
    [("message/rfc822", "attachment-2.eml"), ("image/png", "attachment-2.png"), ("x/y", "attachment-2.bin")],
)
def test_a_nameless_file_is_called_by_its_type(content_type: str, name: str) -> None:
    """Its number tells which one it is."""
    assert safe_name("", content_type, 2) == name


def test_a_nested_mail_opens_as_one() -> None:
    """Senders name it by its subject."""
    assert safe_name("Re: your invoice 1.2", "message/rfc822", 1) == "Re_ your invoice 1.2.eml"
    assert safe_name("x.EML", "message/rfc822", 1) == "x.EML"


def test_numbers_stand_before_the_extension() -> None:
    """The second of a name is told from the first, and opens alike."""
    assert [numbered("a.b.pdf", number) for number in (1, 2, 11)] == ["a.b.pdf", "a.b-2.pdf", "a.b-11.pdf"]
    assert numbered("README", 2) == "README-2"
