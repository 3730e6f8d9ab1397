"""Dovecot and Exim in a temporary folder: the real servers that tests and benchmarks run against."""

import imaplib
import itertools
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Self

from pydantic import SecretStr

from dev.certificates import Certificates, issue
from dev.lab.daemon import Daemon
from dev.lab.identity import Identity
from dev.lab.installation import lab_missing, program
from dev.lab.ports import HOST, Ports
from mail.account import Account, ImapServer, SmtpServer
from mail.imap import quoting

DOMAIN = "lab.test"
# Letters to jürgen@ reach juergen: an address beyond ASCII (RFC 6531) for a mailbox that is not.
NAMES = ("soc", "alice", "bob", "carol", "dave", "bench", "juergen")
IMAP_PORTS = ("IMAP", "IMAPS", "LMTP")
SMTP_PORTS = ("SMTP", "SUBM", "SMTPS")
# Where both servers ask whose an access token is; a test that logs in with tokens serves it.
TOKEN_PORTS = ("TOKENS",)


class Configuration(Template):
    """A configuration file with its variables spelt @@NAME: both servers need $ and % for themselves."""

    delimiter = "@@"


@dataclass(frozen=True)
class User:
    """Somebody with a mailbox in the lab."""

    name: str
    address: str
    password: str


class Lab:
    """A mail domain of its own, `lab.test`, from `with` to its end."""

    host = HOST
    domain = DOMAIN

    def __init__(self, *, rawlog: bool = False) -> None:
        self.users: dict[str, User] = {}
        self._rawlog = rawlog
        self._numbers = itertools.count(1)
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        if reason := lab_missing():
            raise RuntimeError(reason)
        with ExitStack() as cleanup:
            self._move_in(cleanup)
            self.start_imap()
            self.start_smtp()
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def _move_in(self, cleanup: ExitStack) -> None:
        self._identity = Identity.for_servers()
        self.ports = Ports(IMAP_PORTS + SMTP_PORTS + TOKEN_PORTS)
        cleanup.callback(self.ports.close)
        # A short path in the system's own place: the socket files in it may not exceed 107 bytes.
        self.home = Path(tempfile.mkdtemp(prefix="lab-"))
        # A delivery that dies this moment may still leave a file behind.
        cleanup.callback(shutil.rmtree, self.home, ignore_errors=True)
        certificates = issue(self.home / "tls")
        self.ca = str(certificates.ca)
        self._furnish(certificates)
        self._imap = self._daemon("dovecot", ("-F", "-c"), IMAP_PORTS)
        # -q: what Exim could not hand to Dovecot it tries again every second.
        self._smtp = self._daemon("exim", ("-bdf", "-q1s", "-C"), SMTP_PORTS)
        cleanup.callback(self._imap.stop)
        cleanup.callback(self._smtp.stop)

    def _furnish(self, certificates: Certificates) -> None:
        for folder in ("users", "run", "state", "mail", "rawlog", "spool"):
            (self.home / folder).mkdir()
        for name in NAMES:
            self.add_user(name)
        values = self._values(certificates)
        for name in ("dovecot.conf", "oauth2.conf", "exim.conf"):
            text = Path(__file__).with_name(name).read_text(encoding="utf-8")
            (self.home / name).write_text(Configuration(text).substitute(values), encoding="utf-8")
        self._identity.take(self.home)

    def _values(self, certificates: Certificates) -> dict[str, object]:
        return {
            "HOME": self.home,
            "USERS": self.home / "users",
            "RAWLOG": self.home / "rawlog",
            "CERTIFICATE": certificates.certificate,
            "KEY": certificates.key,
            "USER": self._identity.user,
            "GROUP": self._identity.group,
            "EXIM": program("exim4"),
            **self.ports,
        }

    def _daemon(self, name: str, options: Sequence[str], ports: Sequence[str]) -> Daemon:
        binary = program("exim4" if name == "exim" else name)
        return Daemon(
            [binary, *options, str(self.home / f"{name}.conf")],
            ports=[self.ports[port] for port in ports],
            log=self.home / f"{name}.out",
            identity=self._identity,
        )

    def start_imap(self) -> None:
        """Start Dovecot (IMAP, LMTP) on its ports; its mail is what it was."""
        # What a killed Dovecot leaves there, its pid and its sockets, would count as one that runs.
        run = self.home / "run"
        shutil.rmtree(run)
        run.mkdir()
        self._identity.take(run)
        self._imap.start()

    def stop_imap(self) -> None:
        """Kill Dovecot with all connections."""
        self._imap.stop()

    def restart_imap(self) -> None:
        """Kill Dovecot and start it again."""
        self.stop_imap()
        self.start_imap()

    def start_smtp(self) -> None:
        """Start Exim (SMTP, submission) on its ports."""
        self._smtp.start()

    def stop_smtp(self) -> None:
        """Kill Exim with all connections."""
        self._smtp.stop()

    def restart_smtp(self) -> None:
        """Kill Exim and start it again."""
        self.stop_smtp()
        self.start_smtp()

    def add_user(self, name: str | None = None) -> User:
        """A new user with an empty mailbox, at once; without a name, one that nobody has yet."""
        name = name or f"user{next(self._numbers)}"
        user = User(name, f"{name}@{DOMAIN}", f"secret-{name}")
        # Both servers look here at each login and each letter.
        (self.home / "users" / name).write_text(f"{name}:{user.password}::::::\n", encoding="utf-8")
        if self._rawlog:  # Dovecot logs for those who have a folder for it
            folder = self.home / "rawlog" / name
            folder.mkdir()
            self._identity.take(folder)
        self.users[name] = user
        return user

    def change_password(self, user: str, password: str) -> None:
        """From now on both servers take this one only; who is logged in stays so."""
        self.users[user] = replace(self.users[user], password=password)
        (self.home / "users" / user).write_text(f"{user}:{password}::::::\n", encoding="utf-8")

    def account(self, user: str) -> Account:
        """The account settings of the user: submission and IMAP, both with STARTTLS."""
        them = self.users[user]
        password = SecretStr(them.password)
        smtp = SmtpServer(host=HOST, port=self.ports["SUBM"], username=user, password=password, ca_file=self.ca)
        imap = ImapServer(
            host=HOST,
            port=self.ports["IMAP"],
            security="starttls",
            username=user,
            password=password,
            ca_file=self.ca,
        )
        return Account(address=them.address, smtp=smtp, imap=imap)

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        """Put a letter into the user's folder: by LMTP, or as a client would store it elsewhere."""
        if folder != "INBOX":
            self._doveadm("save", "-u", user, "-m", folder, letter=raw)
            return
        with smtplib.LMTP(HOST, self.ports["LMTP"]) as lmtp:
            lmtp.sendmail("", [self.users[user].address], raw)

    def create_folder(self, user: str, *folders: str) -> None:
        """Create folders for the user; `/` separates levels."""
        self._doveadm("mailbox", "create", "-u", user, *folders)

    def renumber(self, user: str, folder: str, uid_validity: int) -> None:
        """Give a folder another UIDVALIDITY: no UID of it means anything any more (RFC 3501 §2.3.1.1)."""
        self._doveadm("mailbox", "update", "-u", user, "--uid-validity", str(uid_validity), folder)

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The letters in the user's folder, oldest first; they stay unread. This is a client too: it counts."""
        with imaplib.IMAP4(HOST, self.ports["IMAP"]) as imap:
            imap.login(user, self.users[user].password)
            imap.select(quoting.folder(folder), readonly=True)  # type: ignore[arg-type]
            _, parts = imap.uid("FETCH", "1:*", "(BODY.PEEK[])")  # by number, an empty folder would be an error
        return [part[1] for part in parts if isinstance(part, tuple)]

    def imap_connections(self, user: str) -> int:
        """How many IMAP connections the user has open."""
        lines = self._doveadm("-f", "flow", "who", "-1", user).splitlines()
        return sum(b"proto=imap" in line for line in lines)

    def imap_commands(self, user: str) -> list[str]:
        """The commands the user's clients sent after login, oldest first (needs `Lab(rawlog=True)`)."""
        logs = sorted((self.home / "rawlog" / user).glob("*.in"))
        lines = [line for log in logs for line in log.read_text(errors="replace").splitlines()]
        return [command for _, _, command in (line.partition(" ") for line in lines)]  # less their times

    def hang_up(self, user: str) -> None:
        """End the user's IMAP connections."""
        self._doveadm("kick", user)

    def _doveadm(self, *arguments: str, letter: bytes = b"") -> bytes:
        answer = subprocess.run(  # noqa: S603
            [program("doveadm"), "-c", str(self.home / "dovecot.conf"), *arguments],
            input=letter,
            capture_output=True,
            check=True,
            user=self._identity.uid,
            group=self._identity.gid,
            extra_groups=self._identity.other_groups,
        )
        return answer.stdout
