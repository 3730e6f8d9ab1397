"""MIME bombs: every action that reads such a letter ends, soon, with what can be told of it."""

import io
import zipfile
from pathlib import Path

import pytest

from dev.lab import User
from mail.policy import Policy
from tests.attack.asking import ask
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, result_of, sent_by
from tests.mail.files import attached, letter

pytestmark = pytest.mark.live

HEAD = b"From: %b\r\nIn-Reply-To: %b\r\nMessage-ID: <bomb@x>\r\nSubject: bomb\r\n"
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


@pytest.mark.parametrize("bomb", BOMBS)
async def test_every_reader_ends(desk: Desk, alice: User, tmp_path: Path, bomb: str) -> None:
    """Searched, downloaded, forwarded and moved; a wait for an answer goes on to its end."""
    desk.answer(HEAD % (alice.address.encode(), b"<none@x>") + BOMBS[bomb])
    ids = {"folder_name": "INBOX", "message_i_ds": "<bomb@x>"}
    found = await ask(desk, "SearchEmail", folder_name="INBOX", time_frame_minutes=60, max_emails_to_return=5)
    assert [one["subject"] for one in found["emails"]] == ["bomb"]
    await ask(desk, "DownloadEmailAttachments", download_path=str(tmp_path / "x"), **ids)
    forward = {"message_id_of_email_to_forward": "<bomb@x>", "recipients": alice.address, "subject": "Fwd"}
    assert (await ask(desk, "ForwardEmail", folder_name="INBOX", **forward))["status"] == "sent"
    deleted = await ask(desk, "DeleteEmail", **ids)
    assert deleted["status"] == "deleted"


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_wait_outlives_it(desk: Desk, alice: User, bomb: str) -> None:
    """It is an answer or none; the one after it counts."""
    wait = await desk.ask(alice, wait_for_all_recipients_to_reply="true")
    sent = await sent_by(wait)
    key = str(sent.message_id).encode()
    desk.answer(HEAD % (b"eve@lab.test", key) + BOMBS[bomb])
    desk.answer(HEAD.replace(b"bomb", b"good") % (alice.address.encode(), key) + b"\r\nYes.\r\n")
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
