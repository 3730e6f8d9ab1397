"""What is fuzzed: functions that must take any input, each with input that comes near to what it expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from mail.address import parse_addresses
from mail.authentication_results import parse_authentication_results
from mail.body import attachments, decode_part, html_part, text_part, walk
from mail.classify import classify
from mail.correlation import reply_keys
from mail.filename import filename_candidates
from mail.foreign_html import harmless_body
from mail.headers import Headers
from mail.html_text import text_of_html
from mail.imap.response import fetched_messages, folder_status, listed_folders, searched_uids
from mail.imap.wire import ResponseReader
from mail.multipart import leaf_parts
from mail.reply_text import new_text, new_text_of_html
from mail.report import read_report
from mail.safe_name import LONGEST_OCTETS, safe_name
from models.address import Address, as_items
from models.content import is_html
from models.pattern import matches, re2


@dataclass(frozen=True)
class Target:
    """A reader, and what it is given."""

    read: Callable[[Any], object]
    given: st.SearchStrategy[Any]


def scraps(*words: str) -> st.SearchStrategy[bytes]:
    """Words of a language in any order, with anything between them."""
    pieces = st.sampled_from([word.encode("latin-1") for word in words]) | st.binary(max_size=4)
    return st.lists(pieces, max_size=60).map(b"".join)


def _responses(octets: bytes) -> None:
    """Any chunks, at once and octet by octet; a ValueError is the reader's word for "too much"."""
    try:
        responses = [(one[0].removeprefix(b"* "), *one[1:]) for one in ResponseReader().feed(octets)]
    except ValueError:
        return
    reader = ResponseReader()
    assert responses == [
        (one[0].removeprefix(b"* "), *one[1:])
        for place in range(len(octets))
        for one in reader.feed(octets[place : place + 1])
    ]
    searched_uids(responses)
    listed_folders(responses)
    folder_status("x", responses)
    for message in fetched_messages(responses).values():
        for part, _ in walk(message.structure) if message.structure else ():
            filename_candidates(part)
            decode_part(part, octets)


def _structure(octets: bytes) -> None:
    for message in fetched_messages([(b"1 FETCH (UID 1 BODYSTRUCTURE %b)" % octets,)]).values():
        if message.structure is not None:
            attachments(message.structure)
            text_part(message.structure)
            html_part(message.structure)


def _message(octets: bytes) -> None:
    headers = Headers.read(octets)
    assert len(reply_keys(headers, headers)) <= 200  # noqa: PLR2004  mail.correlation.MAX_KEYS
    for part in leaf_parts(octets):
        assert part.text is not None
    assert classify(headers).kind
    read_report(octets)


def _reply(text: str) -> None:
    new_text(text, own_addresses=("soc@lab.test",), own_name="SOC")
    new_text_of_html(text, own_addresses=("soc@lab.test",), own_name="SOC")
    text_of_html(text)
    harmless_body(text)


def _address(text: str) -> None:
    parse_addresses(text)
    as_items(text, ",;")
    is_html(text)
    try:
        address = Address.parse(text)
    except ValueError:
        return
    assert Address.parse(str(address)) == address


def _name(text: str) -> None:
    name = safe_name(text, "text/plain", 1)
    assert name not in {"", ".", ".."}
    assert not set(name) & set("/\\\0\n")
    assert len(name.encode()) <= LONGEST_OCTETS + len(".eml")


def _results(text: str) -> None:
    assert parse_authentication_results(text).authserv_id is not None


def _pattern(text: str) -> None:
    try:
        matches(text[:50], text)
    except re2.error:
        return


IMAP = (
    "* ",
    "1 FETCH (",
    "UID 7 ",
    "FLAGS (\\Seen) ",
    "BODY[1] {3}\r\nabc",
    "BODYSTRUCTURE (",
    "NIL ",
    '"x" ',
    ")",
    "(",
)
MORE_IMAP = ("\r\n", '"', "{5}\r\n", "{0}\r\n", "LIST () ", "SEARCH 1 2", "OK [UIDNEXT 4] x", "EXISTS", "\\", "[", "]")
FIELDS = ("From: ", "To: ", "a@b.c", "=?utf-8?q?=0D?=", "<x@y>", "\r\n", "\r\n ", "References: ", "Thread-Index: ", ";")
MORE_FIELDS = (
    "Content-Type: multipart/report; boundary=b",
    "--b\r\n",
    "--b--",
    "Final-Recipient: rfc822;",
    "Action: failed",
)
PARTS = (
    "(",
    ")",
    '"TEXT" ',
    '"PLAIN" ',
    '("NAME" "x") ',
    "NIL ",
    "7 ",
    '"MIXED" ',
    '("ATTACHMENT" ("FILENAME" "y")) ',
    '"',
)
WORDS = (
    "> ",
    "\n",
    "On Mon, 2 Nov 2026, SOC wrote:\n",
    "<div>",
    "</div>",
    "<blockquote>",
    "-- \n",
    "From: ",
    "\u202e",
    "<p",
)
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=60).map("".join)
LISTS = st.text('a@.,;:<>()"\\ \t\r\n=?ä\u200b/', max_size=80) | st.text(max_size=80)

TARGETS: Mapping[str, Target] = {
    "responses": Target(_responses, scraps(*IMAP, *MORE_IMAP)),
    "structure": Target(_structure, scraps(*PARTS)),
    "message": Target(_message, scraps(*FIELDS, *MORE_FIELDS)),
    "reply": Target(_reply, TEXTS),
    "address": Target(_address, LISTS),
    "file_name": Target(_name, LISTS | TEXTS),
    "authentication_results": Target(_results, LISTS),
    "pattern": Target(_pattern, st.text("a*+?()[]{}|\\^$.1ä", max_size=60)),
}
