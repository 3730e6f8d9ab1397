"""Servers that can do more or less, and mailboxes on them of which every octet is known."""

from collections.abc import AsyncIterator, Iterator

import pytest

from dev.lab import Lab, lab_missing
from dev.mail_server import EmbeddedMail
from mail.account import Account
from mail.imap.session import ImapSession
from tests.mail.change.census import Shelf
from tests.servers import leave_out

# What Dovecot says it can do; it hides the rest.
ABILITIES = {"UIDPLUS": "IMAP4rev1 UIDPLUS", "neither": "IMAP4rev1 SPECIAL-USE", "MOVE": "IMAP4rev1 MOVE SPECIAL-USE"}
DOVECOT = [pytest.param(name, marks=pytest.mark.live) for name in ("both", *ABILITIES)]


@pytest.fixture(scope="session")
def humble_labs() -> Iterator[dict[str, Lab]]:
    """Dovecots without MOVE, without UIDPLUS, without both; each begins when a test first wants it."""
    labs: dict[str, Lab] = {}
    yield labs
    for lab in labs.values():
        lab.__exit__()


def _humble(labs: dict[str, Lab], abilities: str) -> Lab:
    if reason := lab_missing():
        leave_out(reason)
    if abilities not in labs:
        lab = labs[abilities] = Lab(rawlog=True).__enter__()
        configuration = lab.home / "dovecot.conf"
        text = configuration.read_text(encoding="utf-8")
        configuration.write_text(f"{text}\nimap_capability = {ABILITIES[abilities]}\n", encoding="utf-8")
        lab.restart_imap()
    return labs[abilities]


@pytest.fixture(params=[*DOVECOT, "embedded"])
def server(request: pytest.FixtureRequest) -> str:
    """Which server a test runs against: Dovecot by its abilities, or the embedded one."""
    return str(request.param)


@pytest.fixture
def account(server: str, request: pytest.FixtureRequest, humble_labs: dict[str, Lab]) -> Account:
    """A mailbox of this test's own on that server."""
    if server == "embedded":
        embedded: EmbeddedMail = request.getfixturevalue("embedded")
        return embedded.account("soc")
    lab: Lab = request.getfixturevalue("lab") if server == "both" else _humble(humble_labs, server)
    return lab.account(lab.add_user().name)


@pytest.fixture
async def shelf(account: Account) -> AsyncIterator[Shelf]:
    """That mailbox, with two sessions: one for the code under test, one to look."""
    assert account.imap
    sessions = [await ImapSession.open(account.imap) for _ in range(2)]
    yield Shelf(*sessions)
    for session in sessions:
        await session.close()
