"""Keys and token from file, environment and secret files."""

import base64
from pathlib import Path

import pytest

from configuration import SettingsError
from encryption import Encryption, key_bytes
from settings import Settings
from tests.codec.ring import KEYS, LAST_MONTH, ORIGIN, THIS_MONTH, TOKEN

KEY = KEYS[THIS_MONTH]
SHORT = base64.b64encode(bytes(16)).decode()


@pytest.fixture
def mail_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file, still empty, and an environment that names it."""
    file = tmp_path / "mail.toml"
    monkeypatch.setenv("MAIL_CONFIG", str(file))
    return file


def test_without_settings_nothing_is_encrypted(mail_toml: Path) -> None:
    """Neither file nor variable is needed."""
    assert not mail_toml.exists()
    assert (Encryption.load().key_id, Encryption.load().keys) == ("", {})


def test_keys_come_from_the_file_and_from_files_of_their_own(mail_toml: Path) -> None:
    """Who has no mail account reads this part of the worker's settings alone."""
    (mail_toml.parent / "old").write_text(KEYS[LAST_MONTH] + "\n")
    mail_toml.write_text(
        f'task_queue = 5\n[accounts.soc]\n[encryption]\nkey_id = "{THIS_MONTH}"\n'
        f'[encryption.keys]\n"{THIS_MONTH}" = "{KEY}"\n"{LAST_MONTH}_file" = "{mail_toml.parent / "old"}"\n'
    )
    read = Encryption.load()
    assert read.key_id == THIS_MONTH
    assert {name: key.get_secret_value() for name, key in read.keys.items()} == KEYS


@pytest.mark.parametrize("variable", ["2026-11", "2026_11", "2026_11_FILE"])
def test_the_environment_wins(mail_toml: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Shells know no hyphen in a name."""
    (mail_toml.parent / "new").write_text(KEY)
    mail_toml.write_text(f'encryption.keys."{THIS_MONTH}" = "{KEYS[LAST_MONTH]}"')
    given = str(mail_toml.parent / "new") if variable.endswith("FILE") else KEY
    monkeypatch.setenv("MAIL_ENCRYPTION__KEY_ID", "2026_11")
    monkeypatch.setenv(f"MAIL_ENCRYPTION__KEYS__{variable}", given)
    read = Encryption.load()
    assert (read.key_id, list(read.keys)) == (THIS_MONTH, [THIS_MONTH])
    assert key_bytes(read.keys[THIS_MONTH]) == base64.b64decode(KEY)


@pytest.mark.parametrize(("said", "key_id", "found"), [
    ("", "", True), ("", THIS_MONTH, False), ("true", THIS_MONTH, True), ("false", "", False),
])  # fmt: skip
def test_who_encrypts_is_not_found_by_case_unless_wanted(
    mail_toml: Path, monkeypatch: pytest.MonkeyPatch, said: str, key_id: str, found: bool
) -> None:
    """Search attributes are readable for everybody who may list workflows."""
    mail_toml.write_text(f'[accounts.soc]\naddress = "soc@example.org"\n[encryption.keys]\n"{THIS_MONTH}" = "{KEY}"\n')
    monkeypatch.setenv("MAIL_ENCRYPTION__KEY_ID", key_id)
    if said:
        monkeypatch.setenv("MAIL_SEARCH_ATTRIBUTES", said)
    assert Settings.load().has_search_attributes is found


def test_the_token_may_come_from_a_file(mail_toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As every secret; origins are a list of words."""
    (mail_toml.parent / "token").write_text(TOKEN)
    monkeypatch.setenv("MAIL_ENCRYPTION__CODEC_SERVER_TOKEN_FILE", str(mail_toml.parent / "token"))
    monkeypatch.setenv("MAIL_ENCRYPTION__UI_ORIGINS", f"{ORIGIN}, https://temporal.example.org")
    read = Encryption.load()
    assert read.codec_server_token.get_secret_value() == TOKEN
    assert read.ui_origins == (ORIGIN, "https://temporal.example.org")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (f'encryption.keys."2026-11" = "{SHORT}"', ("encryption.keys.2026-11", "32 bytes", "this one is 16")),
        ('encryption.keys."2026-11" = "hunter2!"', ("encryption.keys.2026-11", "base64")),
        ('encryption.keys."2026-11" = "hünter2"', ("encryption.keys.2026-11", "base64")),
        ('encryption.keys."2026-11_file" = "/nowhere"', ("encryption.keys", "2026-11_file /nowhere cannot be read")),
        ("encryption.keys.a = 5", ("encryption.keys.a",)),
        ("encryption.keys = 5", ("encryption.keys",)),
        ('encryption.keys_file = "/nowhere"', ("encryption.keys_file",)),
        (f'encryption.key_id = "2026-12"\nencryption.keys."2026-11" = "{KEY}"', ("2026-12", "2026-11")),
        ('encryption.key_id = "2026-12"', ("2026-12",)),
        ('encryption.codec_server_token = "hunter2"', ("encryption.codec_server_token", "32 characters")),
        ('encryption.ui_origins = ["*"]', ("encryption.ui_origins", "'*'")),
        ('encryption.ui_origins = ["https://temporal.example.org/"]', ("encryption.ui_origins",)),
        ("encryption.kees = 5", ("encryption.kees", "did you mean 'keys'")),
    ],
)
def test_what_cannot_be_used_is_named_and_not_shown(mail_toml: Path, toml: str, said: tuple[str, ...]) -> None:
    """File, key and reason; no secret."""
    mail_toml.write_text(toml)
    with pytest.raises(SettingsError) as caught:
        Encryption.load()
    assert all(words in str(caught.value) for words in ("mail.toml", *said))
    assert not any(secret in str(caught.value) for secret in ("hunter2", "hünter2", SHORT, KEY))


def test_settings_do_not_print_secrets() -> None:
    """`--check` prints them all."""
    printed = Encryption.model_validate({"keys": KEYS, "codec_server_token": TOKEN}).model_dump_json()
    assert TOKEN not in printed
    assert not any(key in printed for key in KEYS.values())
