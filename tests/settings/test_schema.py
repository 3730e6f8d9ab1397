"""The JSON schema by which an editor knows mail.toml: current, true, and strict where the worker is."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from settings import Settings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "mail.schema.json"
EXAMPLE = ROOT / "mail.example.toml"
SERVER = {"host": "mail.example.org"}

schema = Draft7Validator(json.loads(FILE.read_text(encoding="utf-8")))


def mistakes(settings: Any) -> list[str]:
    """What an editor would underline."""
    return [one.message for one in schema.iter_errors(settings)]  # pyright: ignore[reportUnknownMemberType]


def test_the_schema_is_current() -> None:
    """`make docs` writes it."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == Settings.schema_of_file()


def test_the_schema_is_one() -> None:
    """By the schema of schemas."""
    Draft7Validator.check_schema(schema.schema)


def test_the_example_names_it() -> None:
    """Editors that know TOML look for this line."""
    line = EXAMPLE.read_text().splitlines()[0]
    assert (ROOT / line.removeprefix("#:schema ")).resolve() == FILE


def uncommented() -> dict[str, Any]:
    """The example with everything that is a comment in it switched on."""
    setting = re.compile(r'^# (\[|"?[\w-]+"? = )', re.MULTILINE)
    return tomllib.loads(setting.sub(r"\1", EXAMPLE.read_text(encoding="utf-8")).replace("…", "x"))


def test_the_example_is_valid() -> None:
    """As it is, and with every setting that is shown in it."""
    assert mistakes(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))) == []
    everything = uncommented()
    assert {"encryption", "log", "templates"} <= everything.keys()
    assert mistakes(everything) == []


def test_the_example_shows_every_table() -> None:
    """What cannot be found there is not used."""
    assert set(Settings.model_fields) == uncommented().keys()


@pytest.mark.parametrize(
    "settings",
    [
        {"acounts": {}},
        {"accounts": {"soc": {"smpt": SERVER}}},
        {"accounts": {"soc": {"smtp": SERVER | {"secutiry": "tls"}}}},
        {"accounts": {"soc": {"smtp": SERVER | {"security": "ssl"}}}},
        {"accounts": {"soc": {"imap": SERVER | {"port": 70000}}}},
        {"accounts": {"soc": {"imap": SERVER | {"pasword_file": "x"}}}},
        {"policy": {"match_by_subject": "maybe"}},
    ],
)
def test_mistakes_are_underlined(settings: dict[str, Any]) -> None:
    """One each."""
    assert len(mistakes(settings)) == 1


def test_secrets_in_files_and_defaults_are_known() -> None:
    """Nothing has to stand in the file: the environment may say it."""
    account = {"provider": "google", "reply_token_keys_files": ["x"], "imap": {"password_file": "x"}}
    assert mistakes({"accounts": {"soc": account}}) == []
    assert mistakes({}) == []
