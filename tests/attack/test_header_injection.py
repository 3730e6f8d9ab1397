"""Header injection: no text argument of a sending action becomes a header field, a recipient or a part."""

import email
from collections.abc import Callable
from datetime import UTC, datetime
from email.policy import default
from typing import Any

import pytest

from dev.lab import User
from mail.account import Account
from mail.composer import compose
from mail.draft import Drafting
from mail.errors import InvalidContent
from mail.policy import Policy
from mail.template import Template, Templates
from models.content import EmailContent
from models.send import LetterRequest, SendEmailRequest
from tests.attack.asking import ask, refusals
from tests.live.desk import CASE, LETTER, Desk, eventually
from tests.mail.files import letter

RAW = "Hi\r\nBcc: eve@evil.test"
PAYLOADS = {
    "raw": RAW,
    "bare line feed": "Hi\nBcc: eve@evil.test",
    "bare return": "Hi\rBcc: eve@evil.test",
    "folded": "Hi\r\n Bcc: eve@evil.test",
    "end of header": "Hi\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>evil",
    "encoded word, quoted": "=?utf-8?q?Hi=0D=0ABcc:_eve=40evil.test?=",
    "encoded word, base64": "=?utf-8?b?SGkNCkJjYzogZXZlQGV2aWwudGVzdA==?=",
    "line separator": "Hi\u2028Bcc: eve@evil.test",
    "next line": "Hi\x85Bcc: eve@evil.test",
    "null": "Hi\0Bcc: eve@evil.test",
    "second address": "Hi, eve@evil.test",
}
# Every text argument of a letter, with the payload where it hurts most.
ARGUMENTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "subject": lambda bad: {"subject": bad},
    "name of a recipient": lambda bad: {"recipients": [f'"{bad}" <a@lab.test>']},
    "bare name of a recipient": lambda bad: {"recipients": [f"{bad} <a@lab.test>"]},
    "address of a recipient": lambda bad: {"recipients": [f"a@lab.test{bad}"]},
    "cc": lambda bad: {"cc": [f'"{bad}" <b@lab.test>']},
    "bcc": lambda bad: {"bcc": [f"b@lab.test {bad}"]},
    "reply_to": lambda bad: {"reply_to": [f'"{bad}" <r@lab.test>']},
    "text": lambda bad: {"content": {"text": bad}},
    "html": lambda bad: {"content": {"html": f"<p>{bad}</p>"}},
    "variable": lambda bad: {"content": {"template": "alert", "variables": {"who": bad}}},
    "template": lambda bad: {"content": {"template": bad}},
    "attachment": lambda bad: {"attachments_paths": [bad]},
    "case_id": lambda bad: {"case_id": bad},
    "scope": lambda bad: {"scope": bad},
}
FIELDS = {
    *("Date", "From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "Thread-Index", "MIME-Version"),
    *("Auto-Submitted", "Content-Type", "Content-Transfer-Encoding"),
}
KNOWN = {"a@lab.test", "b@lab.test", "r@lab.test", "soc@lab.test"}
DRAFTING = Drafting(
    Account(address="soc@lab.test", display_name="SOC"),
    Policy(),
    Templates({"alert": Template(text="Hello {{ who }}", html="<p>{{ who }}</p>")}),
)


def composed(arguments: dict[str, Any]) -> bytes:
    """The letter as the action makes it, from JSON to bytes; nothing where it is refused."""
    try:
        request = SendEmailRequest.model_validate(LETTER | {"recipients": "a@lab.test"} | arguments)
        given = {name: getattr(request, name) for name in LetterRequest.model_fields if hasattr(request, name)}
        made = LetterRequest(identity="1", date=datetime(2026, 1, 1, tzinfo=UTC), **given)
        return compose(DRAFTING.letter(made, "<1@lab.test>"))
    except (InvalidContent, FileNotFoundError, PermissionError, ValueError):
        return b""


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("argument", ARGUMENTS)
def test_no_argument_adds_a_field_or_a_recipient(argument: str, payload: str) -> None:
    """It is refused, or it is read back as what it was."""
    raw = composed(ARGUMENTS[argument](PAYLOADS[payload]))
    if not raw:
        return
    message = email.message_from_bytes(raw, policy=default)
    assert set(message.keys()) <= FIELDS
    assert len(message.keys()) == len(set(message.keys()))
    addresses = {
        one.addr_spec for name in ("From", "To", "Cc", "Reply-To") for one in getattr(message[name], "addresses", ())
    }
    assert addresses <= KNOWN | ({"eve@evil.test"} if argument == "address of a recipient" else set())
    assert message.get_content_type() in {"text/plain", "multipart/alternative"}


@pytest.mark.parametrize("argument", ["subject", "name of a recipient", "cc", "reply_to", "attachment"])
def test_where_a_line_break_would_matter_it_is_refused(argument: str) -> None:
    """Not silently taken out: a caller that sends one is mistaken or attacked."""
    assert composed(ARGUMENTS[argument](RAW)) == b""


def test_content_that_looks_like_a_header_stays_content() -> None:
    """Lines of a text are lines of a text."""
    raw = composed({"content": {"text": "Bcc: eve@evil.test\r\n\r\n.\r\nQUIT"}})
    assert email.message_from_bytes(raw).get_payload() == "Bcc: eve@evil.test\r\n\r\n.\r\nQUIT\r\n"


def test_a_content_cannot_bring_headers_of_its_own() -> None:
    """Names of the content model are few, and strict."""
    with pytest.raises(ValueError, match="unknown name"):
        EmailContent.model_validate({"text": "x", "headers": {"Bcc": "eve@evil.test"}})


@pytest.mark.live
async def test_the_action_refuses_before_anything_leaves(desk: Desk, alice: User) -> None:
    """Also for callers that have none of our models: nothing is delivered, nothing filed."""
    names = ("raw", "folded", "encoded word, quoted", "encoded word, base64")
    letter = {"recipients": alice.address, "content": "x"}
    asked = {name: ("SendEmail", letter | {"subject": PAYLOADS[name]}) for name in names}
    assert await refusals(desk, asked) == dict.fromkeys(names, "InvalidRequest")
    assert (desk.lab.messages(alice.name), desk.lab.messages(desk.name, "Sent")) == ([], [])


@pytest.mark.live
async def test_what_is_delivered_has_one_end(desk: Desk, alice: User, bob: User) -> None:
    """SMTP smuggling and dots in a text: one letter arrives, and it holds all of them."""
    text = f".\r\n.\n\r.\r\n\n.\nMAIL FROM:<soc@lab.test>\r\nRCPT TO:<{bob.address}>\r\nDATA\r\nBcc: {bob.address}"
    await ask(desk, "SendEmail", recipients=f'"{bob.address}, x" <{alice.address}>', subject="dots", content=text)
    (raw,) = await eventually(lambda: desk.lab.messages(alice.name))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"\nBcc" not in head
    assert body.rstrip().splitlines()[-3:] == [
        f"RCPT TO:<{bob.address}>".encode(),
        b"DATA",
        f"Bcc: {bob.address}".encode(),
    ]
    assert desk.lab.messages(bob.name) == []


@pytest.mark.live
@pytest.mark.parametrize("action", ["SendThreadReply", "ForwardEmail"])
async def test_a_hostile_original_stays_quoted(desk: Desk, alice: User, bob: User, action: str) -> None:
    """Subject, names and ids of a stranger's letter do not write our header."""
    hostile = letter(message_id="<1@x>", subject=f"=?utf-8?q?x=0D=0ABcc:_{bob.address}?=")
    hostile = hostile.replace(
        b"From: a@lab.test",
        (
            f"From: =?utf-8?q?Eve=22=0D=0ABcc:_{bob.address}?= <{alice.address}>\r\n"
            "References: <a\r\n b> <=?utf-8?q?=0D=0A?=>"
        ).encode(),
    )
    desk.answer(hostile)
    arguments: dict[str, Any] = {"folder_name": "INBOX", "content": "Seen."}
    if action == "ForwardEmail":
        arguments |= {"message_id_of_email_to_forward": "<1@x>", "recipients": alice.address, "subject": "Fwd"}
    else:
        arguments |= {"message_id": "<1@x>"}
    await ask(desk, action, **arguments)
    (raw,) = await eventually(lambda: desk.lab.messages(alice.name))
    message = email.message_from_bytes(raw, policy=default)
    assert message["Bcc"] is None
    assert [one.addr_spec for one in message["To"].addresses] == [alice.address]
    assert desk.lab.messages(bob.name) == []


def test_case_is_what_every_action_takes() -> None:
    """The arguments above are attacked on a request that is otherwise good."""
    assert composed(CASE)
