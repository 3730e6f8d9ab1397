"""Decoding piece by piece: the same octets, wherever a piece ends."""

import base64
import itertools
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.body import decode_transfer
from mail.transfer import LONGEST_LINE, transfer_decoder

ENCODINGS = ("base64", "quoted-printable", "7bit", "8bit", "binary", "x-unheard-of")
# Octets that mean something to a decoder, in any disorder.
TELLING = st.lists(st.sampled_from([b"=", b"A", b"4", b"\r", b"\n", b" ", b"\xff", b"!", b"QUJD", b"=3D", b"=\r\n"]))


def decoded(encoding: str, pieces: list[bytes]) -> bytes:
    """What a decoder makes of the pieces."""
    decoder = transfer_decoder(encoding)
    return b"".join([*map(decoder.feed, pieces), decoder.finish()])


def cut(octets: bytes, ends: list[int]) -> list[bytes]:
    """The octets in pieces that end at these places."""
    places = sorted({0, len(octets), *(end % (len(octets) + 1) for end in ends)})
    return [octets[start:end] for start, end in itertools.pairwise(places)]


@given(st.sampled_from(ENCODINGS), st.one_of(st.binary(), TELLING.map(b"".join)), st.lists(st.integers(0, 10_000)))
def test_where_pieces_end_does_not_matter(encoding: str, octets: bytes, ends: list[int]) -> None:
    """Whatever arrives, in pieces or at once, it decodes to the same."""
    assert decoded(encoding, cut(octets, ends)) == decode_transfer(octets, encoding)


@given(st.binary(), st.integers(1, 7))
def test_what_was_encoded_comes_back(octets: bytes, step: int) -> None:
    """Both encodings of RFC 2045, a few octets at a time."""
    for encoding, encoded in (
        ("Base64 ", base64.encodebytes(octets)),
        ("QUOTED-PRINTABLE", quopri.encodestring(octets)),
    ):
        pieces = [encoded[start : start + step] for start in range(0, len(encoded), step)]
        assert decoded(encoding, pieces) == octets


@pytest.mark.parametrize("end", [b"", b"=", b"=4", b"=41"])
def test_a_line_without_end_is_not_held_back(end: bytes) -> None:
    """Memory stays bounded, and no escape is cut in two."""
    decoder = transfer_decoder("quoted-printable")
    line = b"x" * (LONGEST_LINE + 1) + end
    first = decoder.feed(line)
    assert len(first) >= LONGEST_LINE
    assert first + decoder.feed(b"41=41\r\n") + decoder.finish() == decode_transfer(
        line + b"41=41\r\n", "quoted-printable"
    )
