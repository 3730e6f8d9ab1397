"""`python worker.py`: its check, its settings, its exit codes."""

import json
from pathlib import Path

import pytest

from dev.lab import Lab, User
from dev.worker_process import environment, run_worker, settings_file
from mail.account import Account
from settings import Settings

pytestmark = pytest.mark.live


@pytest.fixture
def account(lab: Lab, lab_user: User) -> Account:
    """An account that works."""
    return lab.account(lab_user.name)


def variables(account: Account, **changes: object) -> dict[str, str]:
    """The account as environment alone."""
    prefix, given = "MAIL_ACCOUNTS__SOC", dict[str, object]()
    for protocol in ("SMTP", "IMAP"):
        server = getattr(account, protocol.lower())
        for name in ("host", "port", "security", "username", "ca_file"):
            given[f"{prefix}__{protocol}__{name.upper()}"] = getattr(server, name)
        given[f"{prefix}__{protocol}__PASSWORD"] = server.password.get_secret_value()
    return environment(**{f"{prefix}__ADDRESS": account.address} | given | changes)


def test_the_check_pings_every_account(account: Account, tmp_path: Path) -> None:
    """Environment alone is enough; what is printed holds no secret."""
    assert account.imap
    done = run_worker(tmp_path, variables(account), "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:3] for line in done.stdout.splitlines()[-2:]] == [
        ["soc", "smtp", "ok"],
        ["soc", "imap", "ok"],
    ]
    assert "\x1b" not in done.stdout
    assert account.address in done.stdout
    assert account.imap.password.get_secret_value() not in done.stdout


def test_the_check_reads_a_settings_file(account: Account, lab_user: User, tmp_path: Path) -> None:
    """TOML named by MAIL_CONFIG, its secrets in files of their own."""
    file = settings_file(tmp_path, lab_user.name, account)
    done = run_worker(Path("/"), environment(MAIL_CONFIG=file), "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert lab_user.password not in done.stdout


def test_the_check_fails_where_a_server_refuses(account: Account, tmp_path: Path) -> None:
    """The exit code says so, and the line says which and why."""
    wrong = variables(account, MAIL_ACCOUNTS__SOC__IMAP__PASSWORD="not-it")
    done = run_worker(tmp_path, wrong, "--check")
    assert done.returncode == 1
    smtp, imap = done.stdout.splitlines()[-2:]
    assert smtp.split()[:3] == ["soc", "smtp", "ok"]
    assert imap.split()[:3] == ["soc", "imap", "failed"]
    assert "AuthenticationFailed" in imap
    assert "not-it" not in done.stdout + done.stderr


def test_the_check_answers_programs(account: Account, lab_user: User, tmp_path: Path) -> None:
    """What the table says, the settings, and what may be missing, as JSON."""
    file = settings_file(tmp_path, lab_user.name, account)
    file.write_text(file.read_text() + f'\n[policy]\nattachment_roots = ["{tmp_path}", "/nowhere"]\n')
    done = run_worker(tmp_path, environment(), "--check", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["settings"]["accounts"][lab_user.name]["address"] == account.address
    assert told["warnings"] == ["policy.attachment_roots: there is no folder /nowhere"]
    smtp, imap = told["servers"]
    assert (smtp["protocol"], smtp["state"], smtp["login"], smtp["error"]) == ("smtp", "ok", "password", None)
    assert imap["latency_ms"] > 0
    assert imap["tls"].startswith("TLS")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[accounts.soc]\naddress = 'a@b.c'\nimap.port = 70000", ("accounts.soc.imap.port", "accounts.soc.imap.host")),
        ("storage.url = 'ftp://x/y'\n[accounts.soc]\naddress = 'a@b.c'", ("storage.url", "s3://")),
    ],
)
def test_bad_settings_name_file_and_key(tmp_path: Path, toml: str, said: tuple[str, ...]) -> None:
    """An operator reads where to look; nothing is served."""
    (tmp_path / "mail.toml").write_text(toml)
    done = run_worker(tmp_path, environment(), "--check")
    assert (done.returncode, done.stdout) == (2, "")
    assert "mail.toml" in done.stderr
    assert all(words in done.stderr for words in said)
    assert "Traceback" not in done.stderr


def test_the_schema_is_printed(tmp_path: Path) -> None:
    """Whatever the settings are."""
    (tmp_path / "mail.toml").write_text("[accounts.soc")
    done = run_worker(tmp_path, environment(), "--schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == Settings.schema_of_file()


def test_a_worker_without_temporal_ends(account: Account, tmp_path: Path) -> None:
    """Where nobody answers, the supervisor should hear of it."""
    nowhere = variables(account, TEMPORAL_ADDRESS="127.0.0.1:1")
    assert run_worker(tmp_path, nowhere).returncode != 0


def test_a_worker_without_temporal_says_so_in_a_line(account: Account, tmp_path: Path) -> None:
    """Whoever reads its log sees what is missing."""
    done = run_worker(tmp_path, variables(account, TEMPORAL_ADDRESS="127.0.0.1:1"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Temporal at 127.0.0.1:1 cannot be reached")
    assert "Traceback" not in done.stderr
