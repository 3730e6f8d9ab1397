"""Lists, strings and numbers of responses, whatever a server nests or leaves open."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.imap.tokens import Atom, values

LARGE = 100_000
WORDS = st.text("ABCabc\\$.-0<>{}%*\x7f\xff", min_size=1).map(lambda text: text.encode("latin-1"))
STRINGS = st.binary().map(lambda octets: octets.replace(b"\r", b"").replace(b"\n", b""))


def written(value: Atom) -> bytes:
    """As a server writes it: strings quoted."""
    if isinstance(value, tuple):
        return b"(%b)" % b" ".join(map(written, value))
    if isinstance(value, bytes):
        return b'"%b"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b"NIL" if value is None else b"%d" % value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"17", 17),
        (b'"17"', b"17"),
        (b"NIL", None),
        (b"nil", None),
        (b'"NIL"', b"NIL"),
        (b'""', b""),
        (b'"a \\"b\\" \\\\ \\c ) ("', b'a "b" \\ \\c ) ('),
        (b"()", ()),
        (b'(1("a""b")NIL)', (1, (b"a", b"b"), None)),
        (b"(\\Seen $Label)", (b"\\Seen", b"$Label")),
        (b"BODY[HEADER.FIELDS (FROM TO)]<0>", b"BODY[HEADER.FIELDS (FROM TO)]<0>"),
    ],
)
def test_what_a_text_says(text: bytes, value: Atom) -> None:
    """Only what is quoted is text and nothing else."""
    assert values((b" " + text + b"  ",)) == (value,)


def test_a_literal_says_nothing_but_itself() -> None:
    """Parentheses and quotes in it stay in it."""
    assert values((b"(BODY[1] {4}", b')("{', b" UID 5 {0}", b"", b")")) == ((b"BODY[1]", b')("{', b"UID", 5, b""),)


@given(st.recursive(st.none() | st.integers(0) | STRINGS, lambda inner: st.lists(inner).map(tuple)))
def test_what_is_written_is_read(value: Atom) -> None:
    """Lists in lists, with any string in them."""
    assert values((written(value),)) == (value,)


@given(WORDS.filter(lambda word: not word.isdigit()))
def test_words_come_as_they_are(word: bytes) -> None:
    """Braces and octets beyond ASCII are nothing special in them."""
    assert values((b"(%b)" % word,)) == ((word,),)


@pytest.mark.parametrize("text", [b"(", b")", b"(()", b"())", b'"', b'("\\")', b"(a[b)", b"[", b"9" * 5000])
def test_what_does_not_match_is_refused(text: bytes) -> None:
    """So that what is legible can be looked for instead."""
    with pytest.raises(ValueError, match=r"closed|opened|digits"):
        values((text,))


@given(st.lists(st.binary() | st.text('() "\\[]{}1N').map(str.encode), min_size=1).filter(lambda data: len(data) % 2))
def test_nothing_else_is_raised(data: list[bytes]) -> None:
    """Whatever the octets are."""
    with suppress(ValueError):
        assert isinstance(values(tuple(data)), tuple)


@pytest.mark.parametrize(
    "text", [b'"', b"[", b" ", b"(", b")", b'"\\', b"a[", b"()", b'""', b"[]", b'\\"', b'"a" [', b"{"]
)
def test_no_repetition_takes_long(text: bytes) -> None:
    """Time grows with length alone; with its square it would be minutes."""
    begun = time.process_time()
    with suppress(ValueError):
        values((text * LARGE,))
    assert time.process_time() - begun < 10
