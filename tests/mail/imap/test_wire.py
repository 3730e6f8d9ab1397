"""Responses survive any chunking; commands are cut only at their literals."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.imap.wire import Response, ResponseReader, response_code, segments

STREAM = (
    b"* OK Dovecot ready {5}\r\n"
    b"* 1 FETCH (BODY[1] {11}\r\na)\r\n* 9 \x00( FLAGS (\\Seen))\r\n"
    b'* 2 FETCH (ENVELOPE ("a ( b" NIL))\r\n'
    b"* 3 FETCH (BODY[] {0}\r\n)\r\n"
    b"A1 OK ** SALE * now {3}\r\n"
)
RESPONSES: list[Response] = [
    (b"* OK Dovecot ready {5}",),
    (b"* 1 FETCH (BODY[1] {11}", b"a)\r\n* 9 \x00( ", b"FLAGS (\\Seen))"),
    (b'* 2 FETCH (ENVELOPE ("a ( b" NIL))',),
    (b"* 3 FETCH (BODY[] {0}", b"", b")"),
    (b"A1 OK ** SALE * now {3}",),
]


def read(*chunks: bytes) -> list[Response]:
    reader = ResponseReader()
    return [response for chunk in chunks for response in reader.feed(chunk)]


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_chunking_gives_the_same_responses(cuts: list[int]) -> None:
    """However the network cuts the stream, the same responses come out."""
    edges = [0, *sorted(cuts), len(STREAM)]
    assert read(*(STREAM[a:b] for a, b in pairwise(edges))) == RESPONSES


def test_reading_is_linear() -> None:
    """A line of a megabyte that arrives in small pieces takes no quadratic time."""
    began = time.perf_counter()
    read(*[b"* SEARCH"], *[b" 12345678" * 16] * 8_000, b"\r\n")
    assert time.perf_counter() - began < 20


def test_half_a_response_is_noticed() -> None:
    """Octets that end no response are seen: STARTTLS must not find any."""
    reader = ResponseReader()
    assert list(reader.feed(b"* OK\r\n")) == [(b"* OK",)]
    assert not reader.in_the_middle
    assert not list(reader.feed(b"* BA"))
    assert reader.in_the_middle


def test_a_command_is_cut_behind_its_literal_marks() -> None:
    """Each literal waits for the server, whatever the octets of the one before look like."""
    line = b"APPEND x {9}\r\na{3}\r\nb\r\n y {2}\r\nok"
    assert list(segments(line)) == [b"APPEND x {9}\r\n", b"a{3}\r\nb\r\n y {2}\r\n", b"ok\r\n"]


@pytest.mark.parametrize("line", [b"NOOP\r\nA DELETE x", b"X {1}\r\na\nb", b"X\nY {1}\r\na", b"NOOP\0", b"NOOP\r"])
def test_no_line_break_passes_outside_a_literal(line: bytes) -> None:
    """What was not quoted cannot become a second command."""
    with pytest.raises(ValueError, match="line break"):
        list(segments(line))


def test_response_codes_carry_arguments() -> None:
    """A code is read with what belongs to it."""
    assert response_code("[uidnext 7] ok") == ("UIDNEXT", "7")
    assert response_code("[TRYCREATE]") == ("TRYCREATE", "")
    assert response_code("no code [x]") == ("", "")
