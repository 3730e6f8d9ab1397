"""Folders filled fast: one command files hundreds of letters (MULTIAPPEND, RFC 3502; LITERAL+, RFC 7888)."""

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from dev.lab.lab import Lab
from mail.imap.dates import date_time

# So many letters are held at once.
LETTERS_A_COMMAND = 500


@dataclass(frozen=True, slots=True)
class Filed:
    """A letter, when it shall have come, and whether somebody has read it."""

    raw: bytes
    date: datetime
    seen: bool = False


def fill(lab: Lab, user: str, letters: Iterable[Filed], folder: str = "INBOX") -> None:
    """Put letters into a user's folder, in their order."""
    with socket.create_connection((lab.host, lab.ports["IMAP"])) as connection:
        answers = connection.makefile("rb")
        _run(connection, answers, b"LOGIN %b %b" % (user.encode(), lab.users[user].password.encode()))
        left = iter(letters)
        while chunk := list(islice(left, LETTERS_A_COMMAND)):
            arguments = b"".join(piece for letter in chunk for piece in _argument(letter))
            _run(connection, answers, b'APPEND "%b"%b' % (folder.encode(), arguments))


def _argument(letter: Filed) -> Iterator[bytes]:
    yield b" (\\Seen) " if letter.seen else b" () "
    yield date_time(letter.date)
    yield b" {%d+}\r\n" % len(letter.raw)
    yield letter.raw


def _run(connection: socket.socket, answers: Iterable[bytes], command: bytes) -> None:
    connection.sendall(b"a " + command + b"\r\n")
    answer = next((line for line in answers if line.startswith(b"a ")), b"the server hung up")
    if not answer.startswith(b"a OK"):
        raise RuntimeError(answer.decode(errors="replace"))
