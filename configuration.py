"""Where settings come from: a TOML file and the environment; and what is said when they cannot be used."""

import os
from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from models.json import is_object
from models.request import unknown_name

CONFIG_VARIABLE = "MAIL_CONFIG"
DEFAULT_CONFIG = "mail.toml"
PREFIX = "MAIL_"


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
    )

    @classmethod
    def load(cls) -> Self:
        """Read the settings file, if there is one, and the environment; raises SettingsError."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(_explanation(cls, error)) from None
        except ValueError as error:
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


def merged(below: Any, above: Any) -> Any:
    """One tree of settings over another."""
    if not (is_object(below) and is_object(above)):
        return above
    return {**below, **{name: merged(below.get(name), value) for name, value in above.items()}}


def _file() -> str:
    return os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG


def _explanation(settings: type[Configuration], error: ValidationError) -> str:
    lines = (_line(settings, one["type"], [str(step) for step in one["loc"]], one["msg"]) for one in error.errors())
    return "\n".join(line.replace("Value error, ", "") for line in lines)


def _line(settings: type[Configuration], kind: str, steps: list[str], message: str) -> str:
    key = ".".join(steps)
    if kind == "extra_forbidden":
        message = unknown_name(steps[-1], _names_beside(settings, steps))
    if steps == ["accounts"] and kind == "missing":
        message = "no account is configured; mail.example.toml shows how"
    if not key:
        return f"{_file()}: {message}"
    return f"{_file()}: {key} (in the environment {PREFIX}{'__'.join(steps).upper()}): {message}"


def _names_beside(settings: type[Configuration], steps: list[str]) -> Mapping[str, object]:
    """The settings that exist where an unknown one was written."""
    model: Any = settings
    for step in steps[:-1]:
        field = model.model_fields.get(step) if hasattr(model, "model_fields") else None
        model = _model_in(field.annotation) if field else model
    return getattr(model, "model_fields", {})


def _model_in(annotation: Any) -> Any:
    """The model inside `X | None` or `dict[str, X]`."""
    inner = [one for one in getattr(annotation, "__args__", ()) if hasattr(one, "model_fields")]
    return inner[0] if inner else annotation
