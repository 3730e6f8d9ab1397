"""Whatever people call their folders and search for, it stays one string."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.errors import InvalidContent
from mail.imap.quoting import decode_utf7, encode_utf7, folder, literal, quoted, string

NAMES = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n\0"), min_size=1)
ONE_STRING = re.compile(rb'"(?:[^"\\\r\n\0]|\\["\\])*"')


@given(NAMES)
def test_every_folder_name_comes_back(name: str) -> None:
    """Modified UTF-7 loses nothing."""
    assert decode_utf7(encode_utf7(name).encode("ascii")) == name


@given(NAMES)
def test_a_folder_is_one_quoted_string(name: str) -> None:
    """No folder name ends its string early or leaves it open."""
    assert ONE_STRING.fullmatch(folder(name))


@given(NAMES)
def test_a_search_text_is_one_string_or_literal(text: str) -> None:
    """ASCII is quoted, the rest is a literal whose length is right."""
    if text.isascii():
        assert ONE_STRING.fullmatch(string(text))
    else:
        assert string(text) == literal(text.encode())


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("Entwürfe & mehr", "Entw&APw-rfe &- mehr"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 §5.1.3
        ("🚀", "&2D3egA-"),
    ],
)
def test_modified_utf7_is_what_the_rfc_shows(name: str, encoded: str) -> None:
    """The known examples come out as written."""
    assert encode_utf7(name) == encoded


@pytest.mark.parametrize("name", [b"A&B", b"&!!-x", b"&AP-", b"&"])
def test_what_is_no_utf7_stays_legible(name: bytes) -> None:
    """Names that break the rules are shown, not lost."""
    assert decode_utf7(name) in {name.decode(), "&"}


@pytest.mark.parametrize("bad", ["a\r\nX DELETE INBOX", "a\nb", "a\0b"])
def test_line_breaks_are_refused_without_repeating_them(bad: str) -> None:
    """A second command cannot be smuggled in, and a password is not quoted back."""
    for write in (quoted, string, folder):
        with pytest.raises(InvalidContent, match="line break or NUL") as refused:
            write(bad)
        assert bad not in str(refused.value)


def test_a_folder_needs_a_name() -> None:
    """An empty name would select whatever the server likes."""
    with pytest.raises(InvalidContent, match="empty"):
        folder("")
