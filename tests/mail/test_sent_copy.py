"""The copy in Sent, where the server that sends also files one."""

from datetime import UTC, datetime

import pytest

from dev.lab import Lab, User
from mail.mailbox import Mailbox
from models.send import Filing

OURS = "<letter-1@example.org>"
LETTER = f"Message-ID: {OURS}\r\nSubject: Question\r\n\r\nIs it you?\r\n".encode()


@pytest.mark.parametrize(
    ("header", "renamed_to"),
    [
        (f"Message-ID: {OURS}", ""),
        (f"Message-ID: <NEW@OUTLOOK.COM>\r\nX-Microsoft-Original-Message-ID: {OURS}", "<NEW@OUTLOOK.COM>"),
        ("Message-ID: <another@example.org>", None),
    ],
)
async def test_a_copy_that_is_there_is_not_filed_again(
    lab: Lab, lab_user: User, header: str, renamed_to: str | None
) -> None:
    """Under whatever id; one that the service has changed is told."""
    lab.create_folder(lab_user.name, "Sent")
    lab.deliver(lab_user.name, f"{header}\r\nSubject: Question\r\n\r\nIs it you?\r\n".encode(), "Sent")
    server = lab.account(lab_user.name).imap
    assert server
    mailbox = Mailbox(server, "soc")
    filing = await mailbox.file_in_sent(LETTER, OURS, datetime.now(UTC))
    copy = await mailbox.find_in_sent(OURS)
    await mailbox.close()
    assert filing == Filing(folder="Sent", renamed_to=renamed_to or "")
    assert len(lab.messages(lab_user.name, "Sent")) == (1 if renamed_to is not None else 2)
    assert copy
