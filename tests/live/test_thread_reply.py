"""Send Thread Reply through Temporal, Dovecot and Exim: the right people get it, and it hangs in its thread."""

import imaplib
import re
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from client import ActionFailed
from dev.lab import Lab, User
from mail.account import Account
from mail.policy import Policy
from models.thread_reply import SendThreadReplyRequest, SendThreadReplyResult
from tests.live.conftest import OpenDesk
from tests.live.desk import CASE, Desk
from tests.live.test_send import ID

pytestmark = pytest.mark.live


def letter(desk: Desk, sender: User, **fields: str) -> str:
    """Somebody's letter lies in our INBOX; its Message-ID."""
    message = EmailMessage()
    message_id = f"<1.{'long' * 20}@{sender.name}.test>"
    usual = {"From": f"A <{sender.address}>", "To": desk.user.address, "Subject": "Hello", "Message-ID": message_id}
    for name, value in (usual | fields).items():
        message[name] = value
    message.set_content("Hi")
    desk.answer(bytes(message))
    return message_id


async def reply(desk: Desk, message_id: str | None, /, **more: Any) -> SendThreadReplyResult:
    """Answer a message."""
    usual = CASE | {"message_id": message_id, "folder_name": "INBOX, Sent, Nowhere", "content": "Thank you."}
    request = SendThreadReplyRequest.model_validate(usual | more)
    return await desk.mail.send_thread_reply(request, workflow_id=desk.new_id())


def raw_of(lab: Lab, name: str, message_id: str | None) -> bytes:
    """A message in somebody's INBOX, as it lies there."""
    (found,) = (raw for raw in lab.messages(name) if f"\nMessage-ID: {message_id}".encode() in raw)
    return found


def threads(lab: Lab, user: User, folder: str, raws: Sequence[bytes]) -> list[str]:
    """The threads of these messages as the server's RFC 5256 REFERENCES has them, their subjects made different."""
    lab.create_folder(user.name, folder)
    for number, raw in enumerate(raws):
        lab.deliver(user.name, re.sub(rb"\nSubject: [^\r\n]*", b"\nSubject: %d" % number, raw), folder)
    with imaplib.IMAP4(lab.host, lab.ports["IMAP"]) as imap:
        imap.login(user.name, user.password)
        imap.select(folder, readonly=True)
        _, (answer, *_) = imap.thread("REFERENCES", "UTF-8", "ALL")
    assert isinstance(answer, bytes)
    return re.findall(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", answer.decode())


async def test_a_reply_and_its_reply_are_one_thread(open_desk: OpenDesk, alice: User, bob: User) -> None:
    """Also where the reply between them is missing: the chain is complete."""
    ours, hers = await open_desk(), await open_desk(alice)
    question, stranger = letter(ours, alice), letter(ours, bob)
    first = await reply(ours, question)
    await ours.received(alice, first.message_id)
    second = await reply(hers, first.message_id)
    await hers.received(ours.user, second.message_id)
    ends = [raw_of(ours.lab, ours.name, one) for one in (question, second.message_id, stranger)]
    middle = raw_of(ours.lab, alice.name, first.message_id)
    assert threads(ours.lab, bob, "Gap", ends) == ["(1 2)", "(3)"]
    assert threads(ours.lab, bob, "Whole", [*ends, middle]) == ["(1 4 2)", "(3)"]
    assert second.references == (question, first.message_id)
    assert (second.in_reply_to, second.subject) == (first.message_id, "Re: Hello")


async def test_everybody_gets_it_in_their_role(desk: Desk, alice: User, bob: User) -> None:
    """To stays To, Cc stays Cc, and we are left out."""
    carol = desk.lab.add_user()
    question = letter(desk, alice, To=f"{desk.user.address}, {bob.address}", Cc=f"Carol <{carol.address}>")
    sent = await reply(desk, question.strip("<>"), reply_all="true", reply_to="eve@lab.test")
    assert (sent.status, sent.recipients, sent.cc) == ("sent", (alice.address, bob.address), (carol.address,))
    received = await desk.received(carol, sent.message_id)
    assert (received["To"], received["Cc"]) == (f"A <{alice.address}>, {bob.address}", f"Carol <{carol.address}>")
    assert received["In-Reply-To"].strip() == question
    assert len(desk.letters(desk.name, sent.message_id, "Sent")) == 1


async def test_our_own_letter_is_answered_to_those_who_got_it(open_desk: OpenDesk, alice: User) -> None:
    """From Sent, with an account whose Reply-To is its own tagged address."""

    def tagged(account: Account) -> Account:
        return account.model_copy(update={"reply_token_key": SecretStr("key")})

    desk = await open_desk(change=tagged)
    first = await desk.send(alice, **ID)
    await desk.received(alice, first.message_id)
    again = await reply(desk, first.message_id)
    assert (again.recipients, again.references) == ((alice.address,), (first.message_id,))
    assert (await desk.received(alice, again.message_id))["Subject"] == "Re: Question"


async def test_a_given_address_gets_it_alone(desk: Desk, alice: User, bob: User) -> None:
    """With the files that were asked for."""
    sent = await reply(desk, letter(desk, alice), reply_to=f"Bob <{bob.address}>")
    assert sent.recipients == (bob.address,)
    assert desk.letters(alice.name, sent.message_id) == []


async def test_files_go_along(open_desk: OpenDesk, alice: User, tmp_path: Path) -> None:
    """As with any letter."""
    (tmp_path / "a.bin").write_bytes(b"\0\1")
    desk = await open_desk(policy=Policy(attachment_roots=(tmp_path,)))
    sent = await reply(desk, letter(desk, alice), attachment_paths=str(tmp_path / "a.bin"))
    (part,) = (await desk.received(alice, sent.message_id)).iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("a.bin", b"\0\1")


async def test_outlook_finds_the_thread_too(desk: Desk, alice: User) -> None:
    """Its own index is continued."""
    index = "Ab9CYm0eAAAAAAAAAAAAAAAAAAAAAQ=="
    sent = await reply(desk, letter(desk, alice, **{"Thread-Index": index}))
    assert (await desk.received(alice, sent.message_id))["Thread-Index"].startswith(index[:28])


@pytest.mark.parametrize(
    ("fields", "asked", "kind"),
    [
        ({}, {"message_id": "<nowhere@lab.test>"}, "MessageNotFound"),
        ({}, {"folder_name": "Nowhere, Neither"}, "FolderNotFound"),
        ({"From": "undisclosed:;"}, {}, "InvalidRequest"),
    ],
)
async def test_what_cannot_be_answered_fails_by_name(
    desk: Desk, alice: User, fields: dict[str, str], asked: dict[str, str], kind: str
) -> None:
    """At once, and nothing is sent."""
    question = letter(desk, alice, **fields)
    with pytest.raises(ActionFailed) as raised:
        await reply(desk, question, **asked)
    assert raised.value.type == kind
    assert desk.lab.messages(desk.name, "Sent") == []
