"""Forward Email through Temporal, Dovecot and Exim: the whole message goes on, and none of it stays in a history."""

import base64
from pathlib import Path
from typing import Any

import pytest

from client import ActionFailed, Started
from dev.lab import User
from mail.policy import Policy
from models.forward import ForwardEmailRequest, ForwardEmailResult
from tests.live.conftest import OpenDesk
from tests.live.desk import CASE, Desk, eventually
from tests.mail.parts import content_ids, digests, nested, text
from tests.mail.test_forward import ORIGINALS

pytestmark = pytest.mark.live

# A message of 10,000 octets, quoted three times in a history, would show.
HISTORY_OCTETS = 30_000


async def begin(desk: Desk, name: str, *recipients: User, **more: Any) -> Started[ForwardEmailResult]:
    """Lay a message of the corpus into our Archive and begin to send it on."""
    desk.answer(ORIGINALS[name], "Archive")
    usual = CASE | {
        "folder_name": "INBOX, Archive",
        "message_id_of_email_to_forward": f"{name}@lab.test",
        "recipients": [one.address for one in recipients],
        "subject": "Fwd: Invoice",
        "return_message_id_for_the_forwarded_email": "true",
    }
    request = ForwardEmailRequest.model_validate(usual | more)
    return await desk.mail.forward_email.start(request, workflow_id=desk.new_id())


async def forward(desk: Desk, name: str, *recipients: User, **more: Any) -> ForwardEmailResult:
    """Lay a message of the corpus into our Archive and send it on."""
    return await (await begin(desk, name, *recipients, **more)).result()


async def received(desk: Desk, user: User, sent: ForwardEmailResult) -> bytes:
    """The letter in somebody's INBOX, as it lies there."""
    wanted = f"\nMessage-ID: {sent.message_id}".encode()
    (raw,) = await eventually(lambda: [raw for raw in desk.lab.messages(user.name) if wanted in raw])
    return raw


async def test_the_whole_message_arrives(desk: Desk, alice: User) -> None:
    """Files octet for octet, pictures in their place, our words above."""
    sent = await forward(desk, "newsletter", alice, content="Please look.")
    raw = await received(desk, alice, sent)
    assert (sent.status, sent.forwarded_message_id, sent.subject) == ("sent", "<newsletter@lab.test>", "Fwd: Invoice")
    assert digests(raw) == digests(ORIGINALS["newsletter"])
    assert content_ids(raw) == ["<logo.1@lab.test>", "<back@lab.test>"]
    assert text(raw).startswith("Please look.\r\n\r\n-------- Forwarded Message --------\r\nFrom: ")
    assert b"\nX-Forwarded-Message-Id: <newsletter@lab.test>" in raw
    assert b"\nReferences:" not in raw.partition(b"\r\n\r\n")[0]


async def test_the_copy_in_sent_is_the_letter(desk: Desk, alice: User) -> None:
    """It was composed again, of the same message."""
    sent = await forward(desk, "newsletter", alice)
    raw = await received(desk, alice, sent)
    (copy,) = desk.lab.messages(desk.name, "Sent")
    assert raw.endswith(copy.partition(b"\r\n\r\n")[2].rstrip() + b"\r\n")


@pytest.mark.parametrize("name", ["nested", "nested-8bit"])
async def test_a_message_inside_arrives_as_it_was(desk: Desk, alice: User, name: str) -> None:
    """8 bits wide where it was (RFC 6152), with its dots."""
    sent = await forward(desk, name, alice)
    assert nested(await received(desk, alice, sent)).rstrip() == nested(ORIGINALS[name]).rstrip()


async def test_what_is_broken_arrives_whole(desk: Desk, alice: User) -> None:
    """As the message that it is."""
    sent = await forward(desk, "broken-charset", alice)
    assert ORIGINALS["broken-charset"].rstrip() in await received(desk, alice, sent)


async def test_files_and_everybody_who_was_asked_for(
    open_desk: OpenDesk, alice: User, bob: User, tmp_path: Path
) -> None:
    """Files of ours stand beside those of the message; a blind copy is one."""
    (tmp_path / "ours.bin").write_bytes(b"\0\1")
    desk = await open_desk(policy=Policy(attachment_roots=(tmp_path,)))
    sent = await forward(desk, "newsletter", alice, bcc=bob.address, attachments_paths=[str(tmp_path / "ours.bin")])
    raw = await received(desk, bob, sent)
    assert (sent.bcc, len(digests(raw))) == ((bob.address,), len(digests(ORIGINALS["newsletter"])) + 1)


async def test_nothing_of_the_message_enters_the_history(desk: Desk, alice: User) -> None:
    """It is read where it lies."""
    started = await begin(desk, "newsletter", alice, content="Please look.")
    await started.result()
    history = (await desk.temporal.get_workflow_handle(started.id).fetch_history()).to_json()
    assert len(history) < HISTORY_OCTETS
    assert base64.b64encode("Grüße".encode()).decode() not in history


async def test_the_message_id_is_told_on_request_alone(desk: Desk, alice: User) -> None:
    """The SOAR's switch is obeyed."""
    sent = await forward(desk, "text-alone", alice, return_message_id_for_the_forwarded_email="")
    assert sent.message_id is None


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"message_id_of_email_to_forward": "nowhere@lab.test"}, "MessageNotFound"),
        ({"folder_name": "Nowhere"}, "FolderNotFound"),
    ],
)
async def test_what_cannot_be_found_fails_by_name(desk: Desk, alice: User, asked: dict[str, str], kind: str) -> None:
    """At once, and nothing is sent."""
    with pytest.raises(ActionFailed) as raised:
        await forward(desk, "text-alone", alice, **asked)
    assert raised.value.type == kind


async def test_what_is_too_large_is_not_sent(open_desk: OpenDesk, alice: User) -> None:
    """Nobody gets a part of it."""
    desk = await open_desk(policy=Policy(max_attachments_bytes=1000))
    with pytest.raises(ActionFailed) as raised:
        await forward(desk, "newsletter", alice)
    assert raised.value.type == "AttachmentTooLarge"
    assert desk.lab.messages(alice.name) == desk.lab.messages(desk.name, "Sent") == []
