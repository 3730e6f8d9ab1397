"""Settings that cannot be used: file and key, or variable, the reason, and what may stand there instead."""

from pathlib import Path

import pytest

from configuration import SettingsError, missing_file
from settings import Settings

SOC = "[accounts.soc]\naddress = 'soc@example.org'\n"
SMTP = "[accounts.soc.smtp]\nhost = 'mail.example.org'\n"
OAUTH = "[accounts.soc.oauth]\ntoken_url = 'https://login.example.org'\nclient_id = 'x'\n"
IMAP = "[accounts.soc.imap]\nhost = 'mail.example.org'\n"


@pytest.fixture
def mail_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file, still empty, and an environment that names it."""
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path / "mail.toml"))
    return tmp_path / "mail.toml"


def said() -> str:
    """What an operator is told, without the folder of the test."""
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    return str(caught.value)


@pytest.mark.parametrize(
    ("toml", "key", "reason"),
    [
        (SOC + SMTP + "secutiry = 'tls'", "accounts.soc.smtp.secutiry", "unknown name; did you mean 'security'?"),
        (SOC + SMTP + "pasword_file = 'x'", "accounts.soc.smtp.pasword_file", "did you mean 'password_file'?"),
        (SOC + "[accounts.soc.smpt]\nhost = 'x'", "accounts.soc.smpt", "did you mean 'smtp'?"),
        (SOC + OAUTH + "client = 'x'", "accounts.soc.oauth.client", "did you mean 'client_id'?"),
        (SOC + "reply_token_key_files = ['x']", "accounts.soc.reply_token_key_files", "'reply_token_keys_files'?"),
        (SOC + "[policy.late_replies]\nhour = 1", "policy.late_replies.hour", "did you mean 'hours'?"),
        (SOC + "[templates.ask]\nhtlm = 'x'", "templates.ask.htlm", "did you mean 'html'?"),
        (SOC + "[polcy]", "polcy", "did you mean 'policy'?"),
        (SOC + "[acounts.abuse]", "acounts", "did you mean 'accounts'?"),
        (SOC + SMTP + "security = 'ssl'", "accounts.soc.smtp.security", 'it must be "tls", "starttls" or "none"'),
        (SOC + "provider = 'gogle'", "accounts.soc.provider", 'it must be "microsoft" or "google"'),
        (SOC + SMTP + "port = 70000", "accounts.soc.smtp.port", "it must be a whole number from 1 to 65535"),
        (SOC + SMTP + "port = 'smtp'", "accounts.soc.smtp.port", "it must be a whole number from 1 to 65535"),
        (SOC + IMAP + "connections = 0", "accounts.soc.imap.connections", "it must be a whole number at least 1"),
        (SOC + SMTP + "messages_per_minute = 0", "accounts.soc.smtp.messages_per_minute", "a whole number at least 1"),
        (SOC + IMAP + "timeout_seconds = 0", "accounts.soc.imap.timeout_seconds", "it must be a number more than 0"),
        (SOC + IMAP + "password = 5", "accounts.soc.imap.password", "it must be a text"),
        (SOC + IMAP + "password_file = 5", "accounts.soc.imap", "password_file must be the path of a file"),
        (
            SOC + IMAP + "password = 'x'\npassword_file = '/x'",
            "accounts.soc.imap",
            "give password or password_file, not",
        ),
        (SOC + "[accounts.soc.imap]\nport = 1", "accounts.soc.imap.host", "it is missing; give a text that is not emp"),
        (SOC + "[policy]\nmatch_by_subject = 'maybe'", "policy.match_by_subject", "it must be true or false"),
        (SOC + "[policy]\nextend_on_absence = -1", "policy.extend_on_absence", "a whole number from 0 to 5256000"),
        (SOC + "[policy]\nattachment_roots = ['out']", "policy.attachment_roots.0", "'out' is no absolute path"),
        (SOC + "[policy]\ndownload_roots = ['./x']", "policy.download_roots.0", "'x' is no absolute path"),
        (SOC + "[policy.late_replies]\nhours = 0", "policy.late_replies.hours", "a whole number from 1 to 744"),
        (SOC + "[log]\nlevel = 'loud'", "log.level", 'it must be "debug", "info", "warning" or "error"'),
        (SOC + "[health]\nlisten = 'here'", "health.listen", "'here' is no IP address and port such as"),
        (SOC + "[tracing]\notlp_endpoint = 'x'", "tracing.otlp_endpoint", "it must be a text that matches ^(https?"),
        (SOC + "[storage]\nurl = 'ftp://x/y'", "storage.url", "must begin with file://, s3://, gs:// or az://"),
        (SOC + "[storage]\nurl = '/srv/cases'", "storage.url", "must begin with file://"),
        (SOC + "[storage]\nurl = 'file://cases'", "storage.url", "no absolute path such as file:///var/lib"),
        (SOC + "[templates.ask]\ntext = '{{ x'", "templates", "template 'ask'"),
        (SOC + "[templates.ask]\ntext_file = '/nowhere'", "templates", "template 'ask': [Errno 2]"),
        ("[accounts.soc]\naddress = 'soc'", "accounts.soc.address", "'soc' is not a mail address"),
        (SOC + "aliases = ['b']", "accounts.soc.aliases.0", "'b' is not a mail address"),
        ("accounts = 5", "accounts", "it must be a table that is not empty"),
        ("[accounts]", "accounts", "it must be a table that is not empty"),
    ],
)
def test_a_wrong_value_is_told_what_may_stand_there(mail_toml: Path, toml: str, key: str, reason: str) -> None:
    """File, key, variable, and the allowed values; one line and no more."""
    mail_toml.write_text(toml)
    (line,) = said().splitlines()
    variable = "MAIL_" + key.replace(".", "__").upper()
    assert line.startswith(f"{mail_toml}: {key} (in the environment {variable}): ")
    assert reason in line


def test_a_default_that_does_not_exist_is_told_the_nearest(mail_toml: Path) -> None:
    """It is about all accounts together."""
    mail_toml.write_text("default_account = 'sock'\n" + SOC)
    assert said() == f"{mail_toml}: default_account 'sock': unknown name; did you mean 'soc'?"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MAIL_ACCOUNTS__SOC__IMAP__PORT", "imap", "it must be a whole number from 1 to 65535"),
        ("mail_accounts__soc__imap__security", "ssl", 'it must be "tls", "starttls" or "none"'),
        ("MAIL_POLICY__MATCH_BY_SUBJECT", "maybe", "it must be true or false"),
        ("MAIL_POLICY__ATTACHMENT_ROOTS", "/srv/a, b", "'b' is no absolute path"),
        ("MAIL_POLICY", "strict", "it must be a table"),
        ("MAIL_TASKQUEUE", "mail", "unknown name; did you mean 'TASK_QUEUE'?"),
        ("MAIL_ACOUNTS__SOC__ADDRESS", "a@b.c", "unknown name; did you mean 'ACCOUNTS'?"),
        ("MAIL_ACCOUNTS_SOC__ADDRESS", "a@b.c", "unknown name; did you mean MAIL_ACCOUNTS__SOC__ADDRESS?"),
        ("MAIL_ACOUNTS__SOC__SMTP__PORT", "25", "did you mean 'ACCOUNTS'?"),
        ("MAIL_LOG_LEVEL", "debug", "unknown name; did you mean MAIL_LOG__LEVEL?"),
    ],
)
def test_a_wrong_variable_is_named(
    mail_toml: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    """As it stands in the environment; the file is not at fault."""
    mail_toml.write_text(SOC + IMAP)
    monkeypatch.setenv(name, value)
    (line,) = said().splitlines()
    assert line.upper().startswith(f"{name.upper()} IN THE ENVIRONMENT: ")
    assert reason in line


def test_a_misspelt_level_of_a_variable_is_not_passed_over(mail_toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever it is."""
    mail_toml.write_text(SOC)
    monkeypatch.setenv("MAIL_ACCOUNTS__SOC__SMPT__HOST", "mail.example.org")
    assert "MAIL_ACCOUNTS__SOC__SMPT): unknown name; did you mean 'smtp'?" in said()


@pytest.mark.parametrize("name", ["MAIL_SERVICE_HOST", "MAIL_PORT", "MAIL_PORT_25_TCP_ADDR", "MAIL_WEB_SERVICE_PORT_A"])
def test_services_of_kubernetes_are_no_settings(mail_toml: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """One that is called `mail`, or `mail-web`, says where it is by such variables."""
    mail_toml.write_text(SOC)
    monkeypatch.setenv(name, "10.0.0.1")
    assert Settings.load().default_account == "soc"


@pytest.mark.parametrize(
    ("toml", "said_of_it"),
    [
        (b"[accounts.soc", "line 1, the end of the file"),
        (b"a = 1\n[accounts.soc]\n\naddress = soc@example.org\n", "line 4"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"\n# M\xfcller\n", "line 2 is not UTF-8"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(mail_toml: Path, toml: bytes, said_of_it: str) -> None:
    """Where to look."""
    mail_toml.write_bytes(toml)
    assert said().startswith(f"{mail_toml}: ")
    assert said_of_it in said()


def test_every_mistake_is_told_at_once(mail_toml: Path) -> None:
    """A line for each."""
    mail_toml.write_text(SOC + SMTP + "port = 0\nsecurity = 'ssl'\n" + IMAP + "prot = 1")
    assert len(said().splitlines()) == 3


def test_without_an_account_the_file_is_looked_for(mail_toml: Path) -> None:
    """Whoever starts the worker elsewhere has another mail.toml."""
    assert said().startswith(f"{mail_toml}: no account is configured: [accounts.<name>] is missing, ")
    assert said().endswith("; this file does not exist")


def test_a_file_that_was_named_and_is_not_there_is_told(mail_toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its policy would be missed by nobody; who names none goes by the environment."""
    assert f"MAIL_CONFIG names {mail_toml}, which does not exist" in missing_file()
    mail_toml.touch()
    assert missing_file() == ""
    monkeypatch.delenv("MAIL_CONFIG")
    assert missing_file() == ""
