"""Whether this machine has the programs of the lab, and what to install when it has not."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

# Debian keeps servers where a plain user's PATH does not look.
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Dovecot 2.4 renamed most settings: its configuration would be another file.
DOVECOT = "2.3."

# What has to be there, and the Debian package that brings it.
PROGRAMS = {
    "dovecot": "dovecot-core",
    "doveadm": "dovecot-core",
    "/usr/lib/dovecot/imap": "dovecot-imapd",
    "/usr/lib/dovecot/lmtp": "dovecot-lmtpd",
    "exim4": "exim4-daemon-light",
}


def program(name: str) -> str:
    """Where the program is; empty when it is not installed."""
    return shutil.which(name, path=SEARCH_PATH) or ""


def lab_available() -> bool:
    """Whether the lab can run here."""
    return not lab_missing()


@cache
def lab_missing() -> str:
    """What keeps the lab from running here, as a sentence; empty when nothing does."""
    packages = dict.fromkeys(package for name, package in PROGRAMS.items() if not program(name))
    if packages:
        return f"the lab needs Debian packages that are not installed: apt-get install {' '.join(packages)}"
    if not (version := _dovecot_version()).startswith(DOVECOT):
        return f"the lab needs Dovecot {DOVECOT}x; this is {version}"
    return ""


def _dovecot_version() -> str:
    answer = subprocess.run([program("dovecot"), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return Path(answer.stdout.strip()).name
