"""Replies: who gets them, what they are called, and how they hang in their thread."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.mail_server import EmbeddedMail
from mail.account import Account
from mail.address import normal_address
from mail.errors import InvalidContent, MessageNotFound
from mail.field import id_field, text_field
from mail.headers import Headers
from mail.mailbox import Mailbox
from mail.reply_subject import reply_subject
from mail.thread_reply import address_reply, addressed_reply, references
from models.thread_reply import AddressedReply, AddressReplyRequest

SOC = Account(address="soc@lab.test", aliases=("abuse@lab.test", "Security@Bücher.example"))
TOKEN = "soc+r.abcdefghijklmnop@lab.test"
USUAL = {"From": "Alice <alice@lab.test>", "To": "soc@lab.test", "Message-ID": "<1@lab.test>", "Subject": "Hello"}


def headers(**fields: str) -> Headers:
    """The header of a message from Alice to us, with some fields changed; `None` leaves one out."""
    given_fields = USUAL | {name.replace("_", "-"): value for name, value in fields.items()}
    return Headers.read("".join(f"{name}: {value}\r\n" for name, value in given_fields.items() if value).encode())


def answer(request: dict[str, Any] | None = None, **fields: str) -> AddressedReply:
    """The reply to that message."""
    asked = AddressReplyRequest(account="", message_id="<1@lab.test>", folders=("INBOX",), **(request or {}))
    return addressed_reply(headers(**fields), asked, SOC)


def people(reply: AddressedReply) -> tuple[list[str], list[str]]:
    """To and Cc as bare addresses."""
    return [one.address for one in reply.recipients], [one.address for one in reply.cc]


ALL = {"reply_all": True}
EVERYBODY = {"To": "soc@lab.test, Bob <bob@lab.test>", "Cc": "carol@lab.test, ABUSE@lab.test"}


@pytest.mark.parametrize(
    ("request_", "fields", "to", "cc"),
    [
        ({}, {}, ["alice@lab.test"], []),
        ({}, EVERYBODY, ["alice@lab.test"], []),
        ({}, {"Reply-To": "desk@lab.test, bob@lab.test"}, ["desk@lab.test", "bob@lab.test"], []),
        ({}, {"Reply-To": TOKEN}, ["alice@lab.test"], []),
        (ALL, EVERYBODY, ["alice@lab.test", "bob@lab.test"], ["carol@lab.test"]),
        (ALL, EVERYBODY | {"Reply-To": "desk@lab.test"}, ["desk@lab.test", "bob@lab.test"], ["carol@lab.test"]),
        (
            ALL,
            {"To": f"{TOKEN}, bob@lab.test", "Cc": "BOB@LAB.TEST, alice@lab.test"},
            ["alice@lab.test", "bob@lab.test"],
            [],
        ),
        (ALL, {"To": "security@xn--bcher-kva.example", "Cc": "dave@lab.test"}, ["alice@lab.test"], ["dave@lab.test"]),
        (ALL | {"reply_to": ["eve@lab.test"]}, EVERYBODY, ["alice@lab.test", "bob@lab.test"], ["carol@lab.test"]),
        ({"reply_to": ["Eve <eve@lab.test>", "soc@lab.test"]}, EVERYBODY, ["eve@lab.test"], []),
        ({}, EVERYBODY | {"From": "SOC <soc@lab.test>", "Reply-To": TOKEN}, ["bob@lab.test"], []),
        (ALL, EVERYBODY | {"From": "abuse@lab.test"}, ["bob@lab.test"], ["carol@lab.test"]),
        (ALL, {"From": "soc@lab.test", "To": "undisclosed-recipients:;", "Cc": "bob@lab.test"}, [], ["bob@lab.test"]),
        ({}, {"From": "Alice <alice@lab.test>, bob@lab.test"}, ["alice@lab.test", "bob@lab.test"], []),
    ],
)
def test_who_gets_the_reply(request_: dict[str, Any], fields: dict[str, str], to: list[str], cc: list[str]) -> None:
    """Reply-To before From, everybody on request, never ourselves, nobody twice."""
    assert people(answer(request_, **fields)) == (to, cc)


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        ({}, {"From": "soc@lab.test"}),
        (ALL, {"From": "soc@lab.test", "Cc": TOKEN}),
        ({}, {"From": ""}),
        ({"reply_to": ["abuse@lab.test"]}, {}),
    ],
)
def test_nobody_to_reply_to_is_said(request_: dict[str, Any], fields: dict[str, str]) -> None:
    """As bad input: sending a letter to nobody cannot be meant."""
    with pytest.raises(InvalidContent, match="nobody is left to reply to") as caught:
        answer(request_, **fields)
    assert caught.value.type == "InvalidRequest"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Hello", "Re: Hello"),
        ("Re: Hello", "Re: Hello"),
        ("RE: AW: Re[2]: SV : Antw: Hello", "Re: Hello"),
        ("回复：答复: Hello", "Re: Hello"),  # noqa: RUF001 the colon of Chinese
        ("Re^3:Re(4): re: Hello", "Re: Hello"),
        ("[EXT] Re: [list] AW: Hello", "Re: [EXT] [list] Hello"),
        ("[Ticket 7] Hello", "Re: [Ticket 7] Hello"),
        ("Fwd: Hello", "Re: Fwd: Hello"),
        ("Regarding: Hello", "Re: Regarding: Hello"),
        ("", "Re:"),
        ("Re:", "Re:"),
        ("=?utf-8?q?a=0d?=", "Re: = ?utf-8?q?a=0d?="),
    ],
)
def test_re_stands_once(subject: str, expected: str) -> None:
    """Whatever language and however often; marks of lists and gateways stay."""
    assert reply_subject(subject) == expected
    assert reply_subject(expected) == expected


LONG = [f"<{'x' * 90}{number}@lab.test>" for number in range(100)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["<1@lab.test>"]),
        ({"References": "<a@x> <b@x>", "In-Reply-To": "<c@x>"}, ["<a@x>", "<b@x>", "<1@lab.test>"]),
        ({"In-Reply-To": "Your message of Monday <a@x>"}, ["<a@x>", "<1@lab.test>"]),
        ({"In-Reply-To": "<a@x> <b@x>"}, ["<1@lab.test>"]),
        ({"References": "<a@x> <1@lab.test> <b@x>"}, ["<a@x>", "<b@x>", "<1@lab.test>"]),
        ({"References": "=?utf-8?q?=3Ca=40x=3E?= <b\r\n @x>"}, ["<a@x>", "<b@x>", "<1@lab.test>"]),
        ({"References": "=?utf-8?q?=3C=3D=3Fx=3Fq=3F=3D0d=3F=3D=40x=3E?= <b@x>"}, ["<b@x>", "<1@lab.test>"]),
        ({"References": "<ä@x> <b@x>"}, ["<b@x>", "<1@lab.test>"]),
        ({"References": "\r\n ".join(LONG)}, [*LONG, "<1@lab.test>"]),
    ],
)
def test_references_are_complete_and_plain(fields: dict[str, str], expected: list[str]) -> None:
    """RFC 5322 §3.6.4; they are folded, and never encoded."""
    found = references(headers(**{name.replace("-", "_"): value for name, value in fields.items()}))
    assert list(found) == expected
    written = id_field("References", found)
    assert "=?" not in written
    assert written.split()[1:] == expected


FIELD = st.binary(max_size=200).map(lambda octets: octets.replace(b"\r", b"").replace(b"\n", b""))


@given(FIELD, FIELD, FIELD, FIELD)
def test_any_header_is_answered_or_refused(sender: bytes, to: bytes, subject: bytes, ids: bytes) -> None:
    """And what comes of it travels as JSON and can be written."""
    block = b"From: %b\r\nTo: %b, <bob@lab.test>\r\nSubject: %b\r\nReferences: %b\r\nMessage-ID: <1@x>" % (
        sender,
        to,
        subject,
        ids,
    )
    asked = AddressReplyRequest(account="", message_id="<1@x>", folders=("INBOX",), reply_all=True)
    try:
        reply = addressed_reply(Headers.read(block), asked, SOC)
    except InvalidContent:
        return
    assert AddressedReply.model_validate_json(reply.model_dump_json()) == reply
    assert id_field("References", reply.references)
    assert text_field("Subject", reply.subject.encode("utf-8", "replace").decode())
    assert "soc@lab.test" not in {normal_address(one.address) for one in (*reply.recipients, *reply.cc)}


@pytest.mark.parametrize(
    "odd", ['"A, \\"B\\"" <alice@lab.test>', "=?utf-8?q?=0d=0aBcc:x?= <alice@lab.test>", "a\u2028b <alice@lab.test>"]
)
def test_odd_names_do_not_keep_a_reply_from_its_reader(odd: str) -> None:
    """A name that cannot be written is left out, the address stays."""
    assert people(answer(From=odd)) == (["alice@lab.test"], [])


async def test_the_message_is_found_on_the_embedded_server(embedded: EmbeddedMail) -> None:
    """In whichever folder it lies, with or without brackets; nowhere is an error of its own."""
    account = embedded.account("soc")
    assert account.imap
    await embedded.deliver("soc", "".join(f"{name}: {value}\r\n" for name, value in USUAL.items()).encode() + b"\r\nHi")
    mailbox = Mailbox(account.imap, "soc")
    asked = AddressReplyRequest(account="", message_id="1@lab.test", folders=("Nowhere", "INBOX"))
    found = await address_reply(mailbox, account, asked)
    assert (people(found), found.in_reply_to) == ((["alice@lab.test"], []), "<1@lab.test>")
    with pytest.raises(MessageNotFound, match="2@lab"):
        await address_reply(mailbox, account, asked.model_copy(update={"message_id": "<2@lab.test>"}))
    await mailbox.close()
