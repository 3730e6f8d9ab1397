"""python -m dev.secrets: passwords and certificates for docker-compose.yml, each made once and then kept."""

import base64
import hashlib
import secrets
import sys
from pathlib import Path

from dev.certificates import issue

HOME = Path(__file__).parents[1] / "secrets"
DOMAIN = "lab.test"
USERS = ("soc", "alice", "bob")
# Docker mounts a file with the mode it has here, and the worker is not the one who made it;
# on this machine the folder keeps everybody else out.
READABLE, PRIVATE = 0o444, 0o700
SALT_BYTES = 16


def make(home: Path) -> None:
    """Write what is missing; what is there stays, for databases and mailboxes know it."""
    home.mkdir(mode=PRIVATE, exist_ok=True)
    home.chmod(PRIVATE)
    _password(home / "postgres-password")
    passwords = {user: _password(home / f"{user}-password") for user in USERS}
    accounts = "".join(f"{user}@{DOMAIN}|{hashed(password)}\n" for user, password in passwords.items())
    _write_once(home / "postfix-accounts.cf", accounts)
    if not (home / "server.key").exists():
        issue(home).key.chmod(READABLE)


def hashed(password: str) -> str:
    """A password as Dovecot stores it: SSHA512 is its digest with the salt, and the salt."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.sha512(password.encode() + salt).digest()
    return "{SSHA512}" + base64.b64encode(digest + salt).decode()


def _password(path: Path) -> str:
    return _write_once(path, secrets.token_urlsafe(24))


def _write_once(path: Path, text: str) -> str:
    if not path.exists():
        path.write_text(text, encoding="utf-8")
        path.chmod(READABLE)
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
