"""Plain clients of the standard library, to look at the servers from outside."""

import fcntl
import imaplib
import smtplib
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mail.account import Account

LETTER = b"Subject: Your laptop\r\n\r\nIs it you?\r\n"

Eventually = Callable[[Callable[[], bool]], None]
Send = Callable[..., tuple[int, bytes]]
Login = Callable[[Account], imaplib.IMAP4]
Idle = Callable[[imaplib.IMAP4, Callable[[], object]], bytes]


@pytest.fixture
def usual_ports() -> Iterator[None]:
    """For tests of programs that take the usual ports where these are free: one at a time looks for them."""
    with (Path(tempfile.gettempdir()) / "durable-mail-usual-ports").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@pytest.fixture
def eventually() -> Eventually:
    """Waits until a condition holds, half a minute at most."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, "this did not come true in time"
            time.sleep(0.01)

    return wait


def hang_up(client: imaplib.IMAP4) -> None:
    """End the connection unless the test has."""
    if client.state != "LOGOUT":
        client.shutdown()


@pytest.fixture
def login() -> Iterator[Login]:
    """Logs in by IMAP and opens INBOX."""
    with ExitStack() as clients:

        def connect(account: Account) -> imaplib.IMAP4:
            server = account.imap
            assert server
            client = imaplib.IMAP4(server.host, server.port, timeout=10)
            clients.callback(hang_up, client)
            if server.security == "starttls":
                client.starttls(ssl.create_default_context(cafile=server.ca_file))
            client.login(server.username, server.password.get_secret_value())
            client.select()
            return client

        yield connect


@pytest.fixture
def send() -> Send:
    """Sends a letter; the answer is that to its recipient if refused, else that to the letter."""

    def hand_in(account: Account, recipient: str, letter: bytes = LETTER, *options: str) -> tuple[int, bytes]:
        server = account.smtp
        assert server
        with smtplib.SMTP(server.host, server.port, local_hostname="test.lab.test", timeout=10) as client:
            if server.security == "starttls":
                client.starttls(context=ssl.create_default_context(cafile=server.ca_file))
            client.login(server.username, server.password.get_secret_value())
            client.mail(account.address, options)
            code, reply = client.rcpt(recipient)
            return client.data(letter) if code == 250 else (code, reply)

    return hand_in


@pytest.fixture
def idle() -> Idle:
    """The line that the server pushes to an idling client when something happens."""

    def wait(client: imaplib.IMAP4, happen: Callable[[], object]) -> bytes:
        client.send(b"A1 IDLE\r\n")
        while not client.readline().startswith(b"+"):
            pass
        happen()
        while not (line := client.readline()).endswith(b"EXISTS\r\n"):
            pass
        return line

    return wait


def processes_of(words: str) -> list[str]:
    """The commands of all living processes that hold these words."""
    commands = (_command(folder) for folder in Path("/proc").glob("[0-9]*"))
    return [command for command in commands if words in command]


def _command(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""
