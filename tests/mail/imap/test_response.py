"""What servers answer, good and bad, becomes plain data."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.imap.response import (
    FetchedMessage,
    appended_uid,
    fetched_messages,
    folder_status,
    listed_folders,
    searched_uids,
)
from mail.imap.wire import Reply, Response

SCRAPS = st.sampled_from(
    b'( ) "  \\ [ ] { } {3} NIL UID FLAGS BODY[1] BODYSTRUCTURE ENVELOPE INTERNALDATE RFC822.SIZE 7 "x" \xff \0'.split(
        b" "
    )
)


def fetched(*response: bytes) -> FetchedMessage:
    (message,) = fetched_messages([response]).values()
    return message


def test_a_message_has_what_was_asked_for() -> None:
    """Flags, date with zone, size and sections come out typed."""
    message = fetched(
        b'7 FETCH (UID 12 FLAGS (\\Seen $Label) INTERNALDATE " 5-Mar-2026 10:00:00 +0200" RFC822.SIZE 34 '
        b"BODY[HEADER.FIELDS (FROM TO)] {4}",
        b"a: b",
        b" BODY[1.2]<0> {5}",
        b"hel)o",
        b' BODY[2.MIME] "x \\"y\\"" BODY[3] NIL)',
    )
    assert (message.uid, message.size) == (12, 34)
    assert message.flags == {"\\Seen", "$Label"}
    assert message.internal_date is not None
    assert message.internal_date == datetime(2026, 3, 5, 8, tzinfo=UTC)
    assert message.internal_date.utcoffset() == timedelta(hours=2)
    assert message.sections == {"HEADER.FIELDS": b"a: b", "1.2": b"hel)o", "2.MIME": b'x "y"', "3": b""}


def test_a_message_told_in_two_responses_is_one() -> None:
    """Servers may tell the flags apart from the rest."""
    told: list[Response] = [(b"1 FETCH (UID 5 RFC822.SIZE 9)",), (b"1 FETCH (UID 5 FLAGS (\\Seen))",)]
    assert fetched_messages(told) == {5: FetchedMessage(5, frozenset({"\\Seen"}), size=9)}


def test_other_responses_are_no_messages() -> None:
    """EXISTS between messages, and flag changes without UID, are passed over."""
    told: list[Response] = [(b"9 EXISTS",), (b"1 FETCH (FLAGS ())",), (b"1 FETCH (UID 5)",)]
    assert list(fetched_messages(told)) == [5]


def test_an_unreadable_structure_costs_only_itself() -> None:
    """A parenthesis too many in one item loses that item, not the message."""
    message = fetched(
        b'1 FETCH (UID 5 FLAGS (\\Seen) RFC822.SIZE 34 BODYSTRUCTURE (("TEXT" "PLAIN" BODY[HEADER] {3}',
        b"a:b",
        b")",
    )
    assert message == FetchedMessage(5, frozenset({"\\Seen"}), size=34, sections={"HEADER": b"a:b"})


def test_a_strange_value_costs_only_itself() -> None:
    """An impossible date or structure is left empty."""
    message = fetched(b'1 FETCH (UID 5 INTERNALDATE "31-Feb-2026" RFC822.SIZE NIL BODYSTRUCTURE "x" FLAGS NIL)')
    assert message == FetchedMessage(5)


def test_a_structure_a_thousand_deep_is_left_out() -> None:
    """Nesting meant to exhaust the stack does not."""
    deep = b"(" * 5_000 + b")" * 5_000
    assert fetched(b"1 FETCH (UID 5 RFC822.SIZE 1 BODYSTRUCTURE " + deep + b")") == FetchedMessage(5, size=1)


@pytest.mark.parametrize("name", [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"BODY[1]", b"X"])
def test_lists_a_thousand_deep_are_no_values(name: bytes) -> None:
    """Nor are they names."""
    deep = b"(" * 50_000 + b")" * 50_000
    message = fetched(b"1 FETCH (UID 5 %b (%b) %b 1)" % (name, deep, deep))
    assert (message.uid, message.flags - {""}, message.internal_date, message.size) == (5, frozenset(), None, None)


@given(st.lists(st.lists(SCRAPS | st.binary(max_size=3)).map(b" ".join), max_size=5))
def test_no_response_whatever_raises(pieces: list[bytes]) -> None:
    """Scraps of the protocol in any order cost at most the message they are in."""
    odd = pieces if len(pieces) % 2 else [*pieces, b""]
    told: list[Response] = [(b"1 FETCH (UID 1 " + odd[0], *odd[1:]), (b"2 FETCH (UID 2)",)]
    assert fetched_messages(told)[2] == FetchedMessage(2)
    lines: list[Response] = [(start + odd[0],) for start in (b"LIST (", b"SEARCH ", b"OK [UIDNEXT ", b"")]
    listed_folders(lines)
    searched_uids(lines)
    folder_status("x", lines)


def test_search_results_are_gathered_and_sorted() -> None:
    """Several SEARCH lines, and a MODSEQ at the end of one, make one list."""
    told: list[Response] = [(b"SEARCH 9 4",), (b"3 EXISTS",), (b"SEARCH 2 (MODSEQ 917162500)",), (b"SEARCH",)]
    assert searched_uids(told) == (2, 4, 9)


def test_a_folder_tells_its_state() -> None:
    """EXISTS, UIDVALIDITY and UIDNEXT are found among the rest."""
    told: list[Response] = [
        (b"FLAGS (\\Seen)",),
        (b"17 EXISTS",),
        (b"2 RECENT",),
        (b"OK [UIDVALIDITY 3857529045] UIDs valid",),
        (b"OK [UIDNEXT 4392] Predicted next UID",),
    ]
    status = folder_status("INBOX", told)
    assert (status.exists, status.uid_validity, status.uid_next) == (17, 3857529045, 4392)


def test_folders_come_with_readable_names() -> None:
    """Quoted, atom and literal names, with and without delimiter, and one that is a number."""
    told: list[Response] = [
        (b'LIST (\\HasNoChildren \\Sent) "/" "Gesendet/Entw&APw-rfe"',),
        (b'LIST () "\\\\" "a\\"b"',),
        (b"LIST (\\Noselect) NIL [Gmail]",),
        (b'LIST () "/" {6}', b'a "b" ', b""),
        (b'LIST () "." 2026',),
        (b"LIST nonsense",),
    ]
    folders = listed_folders(told)
    assert [f.name for f in folders] == ["Gesendet/Entwürfe", 'a"b', "[Gmail]", 'a "b" ', "2026"]
    assert [f.delimiter for f in folders] == ["/", "\\", None, "/", "."]
    assert folders[0].flags == {"\\hasnochildren", "\\sent"}
    assert folders[0].last_name == "Entwürfe"


def test_the_uid_of_an_appended_message_is_read_where_told() -> None:
    """UIDPLUS tells it; others do not."""
    assert appended_uid(Reply("OK", "[APPENDUID 38505 3955] APPEND completed")) == 3955
    assert appended_uid(Reply("OK", "APPEND completed")) is None
