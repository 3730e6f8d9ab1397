"""Dovecot and Exim of the lab do what the other tests rely on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.lab import Lab, User
from tests.dev.conftest import LETTER, Eventually, Idle, Login, Send

pytestmark = pytest.mark.live

# A program that owns a lab, tells where it is, and waits to be killed.
OWNER = "from dev.lab import Lab\nwith Lab() as lab: print(lab.home, flush=True); input()"


@pytest.fixture(scope="module")
def fragile_lab(lab: Lab) -> Iterator[Lab]:
    """A lab that may be stopped: the shared one goes on serving other tests."""
    assert lab.ports
    with Lab() as running:
        yield running


def processes(folder: str) -> set[int]:
    """The sessions of the living processes that were started with the folder in their command."""
    return {sid for sid, command in sessions() if folder in command}


def sessions() -> Iterator[tuple[int, str]]:
    """Session and command of every process that is not a zombie."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            command = status.with_name("cmdline").read_text().replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z":
            yield int(fields[3]), command


def test_a_letter_sent_arrives(lab: Lab, lab_user: User, send: Send, eventually: Eventually) -> None:
    """Submission, delivery and IMAP work together."""
    assert send(lab.account("soc"), lab_user.address)[0] == 250
    eventually(lambda: len(lab.messages(lab_user.name)) == 1)
    assert lab.messages(lab_user.name)[0].endswith(LETTER)


def test_plus_addresses_reach_the_user(lab: Lab, lab_user: User, send: Send, eventually: Eventually) -> None:
    """user+anything is user, and the letter tells to which address it went."""
    tagged = f"{lab_user.name}+case.7@lab.test"
    assert send(lab.account("soc"), tagged)[0] == 250
    eventually(lambda: len(lab.messages(lab_user.name)) == 1)
    assert tagged.encode() in lab.messages(lab_user.name)[0]


def test_addresses_beyond_ascii_are_accepted(lab: Lab, send: Send, eventually: Eventually) -> None:
    """RFC 6531: jürgen@ has a mailbox."""
    before = len(lab.messages("juergen"))
    assert send(lab.account("soc"), "jürgen@lab.test", LETTER, "SMTPUTF8")[0] == 250
    eventually(lambda: len(lab.messages("juergen")) == before + 1)


@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("grey@lab.test", (451, b"4.2.0")),
        ("tempfail@lab.test", (451, b"4.3.0")),
        ("full@lab.test", (550, b"5.2.2")),
        ("blocked+x@lab.test", (550, b"5.7.1")),
        ("shutdown@lab.test", (550, b"5.3.2")),
        ("nobody-here@lab.test", (550, b"5.1.1")),
        ("bob@example.org", (550, b"5.7.1")),
    ],
)
def test_recipients_are_refused_by_script(lab: Lab, send: Send, recipient: str, answer: tuple[int, bytes]) -> None:
    """Each scripted name has its refusal."""
    code, text = send(lab.account("soc"), recipient)
    assert (code, text.split()[0]) == answer


@pytest.mark.parametrize(("subject", "code"), [(b"REJECT-DATA", 550), (b"DEFER-DATA", 451)])
def test_letters_are_refused_by_their_subject(lab: Lab, send: Send, subject: bytes, code: int) -> None:
    """The letter itself can be refused, after its recipients were accepted."""
    assert send(lab.account("soc"), "bob@lab.test", b"Subject: " + subject + b"\r\n\r\n")[0] == code


def test_greylisting_passes_at_the_second_try(lab: Lab, send: Send, lab_user: User) -> None:
    """The first try is deferred, the second accepted, for each recipient anew."""
    recipient = f"greylisted+{lab_user.name}@lab.test"
    codes = [send(lab.account("soc"), recipient)[0] for _ in range(3)]
    assert codes == [451, 250, 250]


def test_wrong_passwords_are_refused(lab: Lab, lab_user: User, login: Login, send: Send) -> None:
    """Neither server lets a stranger in."""
    account = lab.account(lab_user.name)
    lab.users["stranger"] = User(lab_user.name, lab_user.address, "wrong")
    stranger = lab.account("stranger")
    assert account.imap
    with pytest.raises(Exception, match=r"AUTHENTICATIONFAILED"):
        login(stranger)
    with pytest.raises(Exception, match=r"535"):
        send(stranger, "bob@lab.test")


def test_idle_hears_of_a_delivery(lab: Lab, lab_user: User, login: Login, idle: Idle) -> None:
    """IMAP IDLE (RFC 2177) pushes a new letter."""
    client = login(lab.account(lab_user.name))
    assert idle(client, lambda: lab.deliver(lab_user.name, LETTER)) == b"* 1 EXISTS\r\n"


def test_folders_take_any_name(lab: Lab, lab_user: User) -> None:
    """Commas, spaces and letters beyond ASCII are good folder names."""
    lab.create_folder(lab_user.name, "Réports, 2026/März")
    lab.deliver(lab_user.name, LETTER, "Réports, 2026/März")
    assert lab.messages(lab_user.name, "Réports, 2026/März") == [LETTER]


def test_connections_are_counted(lab: Lab, lab_user: User, login: Login, eventually: Eventually) -> None:
    """The lab knows how many IMAP connections a user holds."""
    clients = [login(lab.account(lab_user.name)) for _ in range(2)]
    assert lab.imap_connections(lab_user.name) == 2
    clients[0].logout()
    eventually(lambda: lab.imap_connections(lab_user.name) == 1)


def test_commands_are_recorded(lab: Lab, lab_user: User, login: Login) -> None:
    """The lab knows what a client said after its login."""
    login(lab.account(lab_user.name)).search(None, "UNSEEN")
    commands = [line.partition(" ")[2] for line in lab.imap_commands(lab_user.name)]
    assert commands == ["SELECT INBOX", "SEARCH UNSEEN"]


def test_mail_outlives_a_crash_of_the_imap_server(fragile_lab: Lab) -> None:
    """Dovecot comes back on its ports with the mail it had."""
    fragile_lab.deliver("carol", LETTER)
    fragile_lab.stop_imap()
    with pytest.raises(ConnectionRefusedError):
        fragile_lab.messages("carol")
    fragile_lab.start_imap()
    assert len(fragile_lab.messages("carol")) == 1


def test_letters_wait_for_the_imap_server(fragile_lab: Lab, send: Send, eventually: Eventually) -> None:
    """What is accepted while Dovecot is down arrives once it is back."""
    fragile_lab.stop_imap()
    assert send(fragile_lab.account("soc"), "dave@lab.test")[0] == 250
    fragile_lab.start_imap()
    eventually(lambda: len(fragile_lab.messages("dave")) == 1)


def test_the_smtp_server_comes_back(fragile_lab: Lab, send: Send) -> None:
    """Exim refuses connections while it is stopped and serves again afterwards."""
    fragile_lab.stop_smtp()
    with pytest.raises(ConnectionRefusedError):
        send(fragile_lab.account("soc"), "bob@lab.test")
    fragile_lab.start_smtp()
    assert send(fragile_lab.account("soc"), "bob@lab.test")[0] == 250


def test_labs_keep_out_of_each_others_way(lab: Lab, fragile_lab: Lab) -> None:
    """Two labs share no port."""
    assert not set(lab.ports.values()) & set(fragile_lab.ports.values())


def test_a_killed_owner_leaves_no_process(lab: Lab, eventually: Eventually) -> None:
    """The servers die with the process that started them, however it ends."""
    assert lab.ports
    with subprocess.Popen(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout
        home = owner.stdout.readline().strip()
        started = processes(home)
        os.kill(owner.pid, signal.SIGKILL)
    assert len(started) == 2
    eventually(lambda: not started & {sid for sid, _ in sessions()})
