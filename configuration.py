"""Where settings come from: a TOML file and the environment; and what is said when they cannot be used."""

import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from explanation import MISSING, explained
from models.json import is_object
from models.request import unknown_name

CONFIG_VARIABLE = "MAIL_CONFIG"
DEFAULT_CONFIG = "mail.toml"
PREFIX = "MAIL_"
# How Kubernetes and Docker tell of services: those of one that is called mail begin as our variables do.
SERVICE = re.compile(r"(?!.*__)(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)")


class SettingsError(Exception):
    """The settings cannot be used; the message names file or variable, key and reason, one a line."""


class Configuration(BaseSettings):
    """Settings that are read from `mail.toml`, or what MAIL_CONFIG names, and from MAIL_ variables."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        enable_decoding=False,  # a list in the environment is a list of words, JSON or not
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @classmethod
    def load(cls) -> Self:
        """Read the settings file, if there is one, and the environment; raises SettingsError."""
        unknown = tuple(_unknown_variables(cls)) if cls.model_config.get("extra") == "forbid" else ()
        if unknown:
            raise SettingsError("\n".join(unknown))
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(_explanation(cls, error)) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{_file()}: {_syntax_error(error)}") from None
        except (OSError, ValueError) as error:
            raise SettingsError(f"{_file()}: {error}") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; nothing else is looked at."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_file())


class FileSchema(GenerateJsonSchema):
    """The JSON schema of the file: nothing has to stand in it, for the environment may say it."""

    def field_is_required(self, *_: Any, **__: Any) -> bool:
        """No."""
        return False

    def field_title_should_be_set(self, *_: Any, **__: Any) -> bool:
        """No: its name says as much."""
        return False

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        """TOML has no null: what is not given is left out."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Nor is null a default that anybody could write."""
        described = super().default_schema(schema)
        return {name: value for name, value in described.items() if (name, value) != ("default", None)}


def merged(below: Any, above: Any) -> Any:
    """One tree of settings over another."""
    if not (is_object(below) and is_object(above)):
        return above
    return {**below, **{name: merged(below.get(name), value) for name, value in above.items()}}


def missing_file() -> str:
    """Says so where MAIL_CONFIG names a file that is not there: its policy would be missed by nobody; else empty."""
    named = os.environ.get(CONFIG_VARIABLE)
    if not named or Path(named).is_file():
        return ""
    return f"{CONFIG_VARIABLE} names {named}, which does not exist: the settings are those of the environment alone"


def _file() -> str:
    return os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG


def _variable(steps: Sequence[str]) -> str:
    return PREFIX + "__".join(steps).upper()


def _explanation(settings: type[Configuration], error: ValidationError) -> str:
    reasons = explained(error, settings.model_json_schema(schema_generator=FileSchema))
    return "\n".join(_line(steps, reason) for steps, reason in reasons)


def _line(steps: Sequence[str], reason: str) -> str:
    """Where it stands: in the variable, if there is one, else in the file."""
    if steps == ("accounts",) and reason.startswith(MISSING):
        there = "" if Path(_file()).is_file() else "; this file does not exist"
        return f"{_file()}: no account is configured: [accounts.<name>] is missing, mail.example.toml shows how{there}"
    if not steps:
        return f"{_file()}: {reason}"
    given = {name.upper() for name in os.environ}
    for end in range(len(steps), 0, -1):  # an item of a list has no variable of its own
        if (variable := _variable(steps[:end])) in given:
            return f"{variable} in the environment: {reason}"
    return f"{_file()}: {'.'.join(steps)} (in the environment {_variable(steps)}): {reason}"


def _unknown_variables(settings: type[Configuration]) -> Iterator[str]:
    """Of each variable that is no setting; what is beneath a known name is told with the settings of the file."""
    for variable in sorted(os.environ):
        name, *_ = (rest := variable.upper().removeprefix(PREFIX)).split("__")
        ours = variable.upper().startswith(PREFIX) and variable.upper() != CONFIG_VARIABLE
        if ours and name.lower() not in settings.model_fields and not SERVICE.fullmatch(rest):
            yield f"{variable} in the environment: {_unknown_variable(settings, rest)}"


def _unknown_variable(settings: type[Configuration], rest: str) -> str:
    for table in map(str.upper, settings.model_fields):
        if rest.startswith(f"{table}_"):
            return f"unknown name; did you mean {PREFIX}{table}__{rest[len(table) + 1 :]}?"
    return unknown_name(rest.partition("__")[0], map(str.upper, settings.model_fields))


def _syntax_error(error: tomllib.TOMLDecodeError | UnicodeDecodeError) -> str:
    """With the line, where the parser says only that the file has ended."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"line {line} is not UTF-8"
    try:
        lines = len(Path(_file()).read_text(encoding="utf-8").rstrip().splitlines())
    except OSError:
        return str(error)
    return str(error).replace("at end of document", f"at line {lines}, the end of the file")
