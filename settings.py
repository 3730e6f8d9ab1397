"""Accounts and policy, from a TOML file, the environment and secret files (`contract.md`, "Settings")."""

import os
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from mail.account import Account, Part
from mail.policy import Policy
from mail.template import Template
from models.json import is_object
from models.request import unknown_name

CONFIG_VARIABLE = "MAIL_CONFIG"
DEFAULT_CONFIG = "mail.toml"
PREFIX = "MAIL_"


class SettingsError(Exception):
    """The settings cannot be used; the message names file or variable, key and reason, one a line."""


class Storage(Part):
    """Where files of a case are kept."""

    url: str = "file:///var/lib/mail/cases"


class Settings(BaseSettings):
    """All that a worker is told."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        enable_decoding=False,  # a list in the environment is a list of words, JSON or not
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    default_account: str = ""
    task_queue: Annotated[str, Field(min_length=1)] = "mail"
    accounts: Annotated[dict[str, Account], Field(min_length=1)]
    templates: dict[str, Template] = Field(default_factory=dict[str, Template])
    policy: Policy = Policy()
    storage: Storage = Storage()

    @classmethod
    def load(cls) -> Self:
        """Read the settings file, if there is one, and the environment; raises SettingsError."""
        try:
            return cls()  # pyright: ignore[reportCallIssue]  # the sources fill it
        except ValidationError as error:
            raise SettingsError(_explanation(error)) from None
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

    @model_validator(mode="before")
    @classmethod
    def _one_name_an_account(cls, values: Any) -> Any:
        """The environment writes names in capitals: an account is the same whatever its case."""
        accounts = values.get("accounts") if is_object(values) else None
        if not (is_object(values) and is_object(accounts)):
            return values
        merged: dict[str, Any] = {}
        for name, account in accounts.items():
            merged[name.lower()] = _merged(merged.get(name.lower(), {}), account)
        return {**values, "accounts": merged}

    @model_validator(mode="after")
    def _default_exists(self) -> Self:
        only = next(iter(self.accounts)) if len(self.accounts) == 1 else ""
        default = self.default_account.lower() or only
        if default not in self.accounts:
            raise ValueError(f"default_account {default!r}: {unknown_name(default, self.accounts)}")
        object.__setattr__(self, "default_account", default)  # frozen for everybody else
        return self


def _file() -> str:
    return os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG


def _merged(below: Any, above: Any) -> Any:
    if not (is_object(below) and is_object(above)):
        return above
    return {**below, **{name: _merged(below.get(name), value) for name, value in above.items()}}


def _explanation(error: ValidationError) -> str:
    lines = (_line(one["type"], [str(step) for step in one["loc"]], one["msg"]) for one in error.errors())
    return "\n".join(line.replace("Value error, ", "") for line in lines)


def _line(kind: str, steps: list[str], message: str) -> str:
    key = ".".join(steps)
    if kind == "extra_forbidden":
        message = unknown_name(steps[-1], _names_beside(steps))
    if steps == ["accounts"] and kind == "missing":
        message = "no account is configured; mail.example.toml shows how"
    if not key:
        return f"{_file()}: {message}"
    return f"{_file()}: {key} (in the environment {PREFIX}{'__'.join(steps).upper()}): {message}"


def _names_beside(steps: list[str]) -> Mapping[str, object]:
    """The settings that exist where an unknown one was written."""
    model: Any = Settings
    for step in steps[:-1]:
        field = model.model_fields.get(step) if hasattr(model, "model_fields") else None
        model = _model_in(field.annotation) if field else model
    return getattr(model, "model_fields", {})


def _model_in(annotation: Any) -> Any:
    """The model inside `X | None` or `dict[str, X]`."""
    inner = [one for one in getattr(annotation, "__args__", ()) if hasattr(one, "model_fields")]
    return inner[0] if inner else annotation
