"""What lies in the mailbox before a campaign: messages to move and to delete, and messages with a file."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

from chaos.stage import FILES, OLD, SOURCE, US
from dev.lab import Lab
from dev.lab.fill import Filed, fill

SAVED_NAME = "evidence.bin"
# Several chunks of a stream, so that a literal can be cut anywhere.
_FILE_OCTETS = 100_000


def moved_id(number: int) -> str:
    """The Message-ID of a message that is moved."""
    return f"<move-{number}@desk.test>"


def saved_id(number: int) -> str:
    """The Message-ID of a message whose file is saved, and downloaded."""
    return f"<save-{number}@desk.test>"


def deleted_id(number: int) -> str:
    """The Message-ID of a message that is deleted."""
    return f"<delete-{number}@desk.test>"


def kept_id(number: int) -> str:
    """The Message-ID of its neighbour, which nobody touches."""
    return f"<keep-{number}@desk.test>"


def content(number: int) -> bytes:
    """The file of that message."""
    return random.Random(number).randbytes(_FILE_OCTETS)  # noqa: S311  it shall be the same again


def lay_out(lab: Lab, count: int) -> None:
    """Put so many of each into their folders."""
    fill(lab, US, _filed(moved_id(number) for number in range(count)), SOURCE)
    fill(lab, US, _filed(name(number) for number in range(count) for name in (deleted_id, kept_id)), OLD)
    fill(lab, US, _filed((saved_id(number) for number in range(count)), with_files=True), FILES)


def _filed(message_ids: Iterator[str], *, with_files: bool = False) -> Iterator[Filed]:
    for number, message_id in enumerate(message_ids):
        letter = EmailMessage()
        letter["From"], letter["Subject"], letter["Message-ID"] = "a@desk.test", f"Message {number}", message_id
        letter.set_content("See the file.")
        if with_files:
            letter.add_attachment(content(number), "application", "octet-stream", filename=SAVED_NAME)
        yield Filed(letter.as_bytes(), datetime.now(UTC))
