"""What SIGHUP changes in a worker, what it refuses, and what it only says."""

import logging
from pathlib import Path

import pytest

from mail.accounts import Accounts
from mail.errors import UnknownAccount
from models.content import EmailContent
from reload import Reload
from settings import Settings
from worker import accounts_of

SOC = "[accounts.soc]\naddress = 'soc@example.org'\n[accounts.soc.imap]\nhost = 'mail.example.org'\n"
ABUSE = "[accounts.abuse]\naddress = 'abuse@example.org'\n"
DEFAULT = "default_account = 'soc'\n"
MISTAKES = {
    SOC + "prot = 1": "did you mean 'port'?",
    "[accounts.soc": "line 4",
    SOC + "password_file = '/nowhere'": "/nowhere cannot be read",
    SOC + "[templates.ask]\ntext = '{{ x'": "template 'ask'",
}


def write(file: Path, text: str) -> None:
    """Change a file, as an operator does."""
    file.write_text(text)


@pytest.fixture
def mail_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of a worker that has started."""
    file = tmp_path / "mail.toml"
    file.write_text(SOC)
    monkeypatch.setenv("MAIL_CONFIG", str(file))
    return file


@pytest.fixture
def accounts(mail_toml: Path) -> Accounts:
    """Its accounts."""
    assert mail_toml.exists()
    return accounts_of(Settings.load())


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the worker's log holds beside its usual course."""
    caplog.set_level(logging.WARNING, "worker")
    return caplog


@pytest.fixture
def resumed() -> list[str]:
    """The accounts whose watches were told to ask again."""
    return []


@pytest.fixture
def reload(accounts: Accounts, resumed: list[str]) -> Reload:
    """What SIGHUP sets off in it."""

    async def resume(account: str) -> None:
        resumed.append(account)

    return Reload(Settings.load(), accounts, resume)


async def test_nothing_new_changes_nothing(reload: Reload, accounts: Accounts, resumed: list[str]) -> None:
    """Connections stay as they are."""
    mailbox = accounts.open("soc").mailbox
    await reload.take()
    assert accounts.open("soc").mailbox is mailbox
    assert resumed == []


@pytest.mark.parametrize(
    ("toml", "changed"),
    [(SOC + "port = 143\n", ["soc"]), (DEFAULT + SOC + ABUSE, ["abuse"]), (ABUSE, ["soc", "abuse"])],
)
async def test_watches_of_changed_accounts_ask_again(
    reload: Reload, mail_toml: Path, resumed: list[str], toml: str, changed: list[str]
) -> None:
    """Of those that are new and those that are gone, too; nobody else's."""
    write(mail_toml, toml)
    await reload.take()
    assert resumed == changed


async def test_policy_and_templates_are_taken_up(reload: Reload, mail_toml: Path, accounts: Accounts) -> None:
    """A template is read again although only its own file has changed."""
    template = mail_toml.with_name("ask.txt")
    write(mail_toml, f"{SOC}[policy]\nmax_download_bytes = 7\n[templates.ask]\ntext_file = '{template}'\n")
    for text in ("Is it you?", "Was it you?"):
        write(template, text)
        await reload.take()
        assert accounts.open("soc").policy.max_download_bytes == 7
        templates = accounts.open("soc")._drafting.templates  # pyright: ignore[reportPrivateUsage]
        assert templates.render(EmailContent(template="ask")).text == text


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_what_cannot_be_used_is_refused_as_a_whole(
    reload: Reload, mail_toml: Path, accounts: Accounts, complaints: pytest.LogCaptureFixture, mistake: str
) -> None:
    """What is right in it is not taken up either, and the log says why."""
    write(mail_toml, DEFAULT + ABUSE + mistake)
    await reload.take()
    (line,) = complaints.records
    assert line.levelno == logging.ERROR
    assert "settings not reloaded" in line.message
    assert MISTAKES[mistake] in line.message
    with pytest.raises(UnknownAccount):
        accounts.open("abuse")


async def test_what_needs_a_restart_is_named(
    reload: Reload, mail_toml: Path, complaints: pytest.LogCaptureFixture
) -> None:
    """For as long as it is not as it was at the start."""
    write(
        mail_toml,
        "task_queue = 'other'\n" + SOC + "[health]\nlisten = '127.0.0.1:1'\n[policy]\nmatch_by_subject = true\n",
    )
    for _ in range(2):
        complaints.clear()
        await reload.take()
        (line,) = complaints.messages
        assert line.endswith("need a restart: task_queue, health, policy.match_by_subject (where folders are watched)")
