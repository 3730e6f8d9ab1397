"""MIME bombs: every action that reads such a letter ends, soon, with what can be told of it."""

import asyncio
import io
import zipfile
from pathlib import Path

import pytest

from dev.lab import User
from mail.multipart import leaf_parts
from mail.policy import Policy
from tests.attack.asking import ask
from tests.live.answers import reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, result_of, sent_by
from tests.mail.files import attached, letter

pytestmark = pytest.mark.live

HEAD = b"From: %b\r\nIn-Reply-To: %b\r\nMessage-ID: %b\r\nSubject: %b\r\n"
MAX_PARTS = 50
BOMBS = {
    "deep": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5_000)),
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + b"Hi",
    "wide": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 20_000 + b"--b--\r\n",
    "one boundary for all": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 2_000,
    "long header": b"X-Long: " + b"x" * 900 + b"\r\n" + b"X-More: y\r\n" * 50_000 + b"\r\nHi\r\n",
    "folded for ever": b"X-Fold: a\r\n" + b" b\r\n" * 100_000 + b"\r\nHi\r\n",
    "parameters": b"Content-Type: text/plain"
    + b"".join(b";\r\n name*%d*=%%41" % n for n in range(5_000))
    + b"\r\n\r\nHi\r\n",
    "report": b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    + b"Final-Recipient: rfc822;a@b.c\r\nAction: failed\r\n\r\n"
    * 20_000,
    "nested quotes": b"Content-Type: text/html\r\n\r\n" + b"<blockquote>" * 50_000,
}


@pytest.fixture
async def desk(open_desk: OpenDesk, tmp_path: Path) -> Desk:
    """A desk that may download."""
    return await open_desk(policy=Policy(download_roots=(tmp_path,)))


def letter_of(bomb: str, sender: str, key: str) -> bytes:
    """A letter with the bomb, known by its name."""
    fields = (sender, key, f"<{bomb.replace(' ', '-')}@x>", bomb)
    return HEAD % tuple(field.encode() for field in fields) + BOMBS[bomb]


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_letter_has_more_parts_than_a_person_would_write(bomb: str) -> None:
    """Wherever it is cut into parts by us, and not by its server."""
    assert sum(1 for _ in leaf_parts(letter_of(bomb, "eve@lab.test", "<none@x>"))) <= MAX_PARTS


async def test_every_reader_ends(desk: Desk, alice: User, tmp_path: Path) -> None:
    """Searched, downloaded, forwarded and deleted, all of them."""
    for bomb in BOMBS:
        desk.answer(letter_of(bomb, alice.address, "<none@x>"))
    found = await ask(desk, "SearchEmail", folder_name="INBOX", time_frame_minutes=60, max_emails_to_return=20)
    assert {one["subject"] for one in found["emails"]} == set(BOMBS)
    ids = [one["message_id"] for one in found["emails"]]
    many = {"folder_name": "INBOX", "message_i_ds": ids}
    await ask(desk, "DownloadEmailAttachments", download_path=str(tmp_path / "x"), **many)
    forward = {"folder_name": "INBOX", "recipients": alice.address, "subject": "Fwd"}
    forwards = (ask(desk, "ForwardEmail", message_id_of_email_to_forward=one, **forward) for one in ids)
    assert {one["status"] for one in await asyncio.gather(*forwards)} == {"sent"}
    assert (await ask(desk, "DeleteEmail", **many))["status"] == "deleted"


async def test_a_wait_outlives_it(desk: Desk, alice: User) -> None:
    """It is an answer or none; the one after it counts."""
    wait = await desk.ask(alice, wait_for_all_recipients_to_reply="true")
    sent = await sent_by(wait)
    for bomb in BOMBS:
        desk.answer(letter_of(bomb, "eve@lab.test", str(sent.message_id)))
    desk.answer(reply(sent, alice, "Yes."))
    assert (await result_of(wait)).responses[0].content == "Yes."


async def test_a_zip_is_never_unpacked(desk: Desk, tmp_path: Path) -> None:
    """It is kept as it came; what it would become is no business of ours."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.sh", b"\0" * 50_000_000)
    desk.answer(letter(attached(packed.getvalue(), "bomb.zip", "application/zip"), message_id="<zip@x>"))
    arguments = {"folder_name": "INBOX", "message_i_ds": "<zip@x>", "download_path": str(tmp_path / "x")}
    (kept,) = (await ask(desk, "DownloadEmailAttachments", **arguments))["downloaded"]
    assert (kept["size"], kept["detected_type"]) == (len(packed.getvalue()), "application/zip")
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["bomb.zip"]
