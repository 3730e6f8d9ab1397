"""Accounts and policy, from a TOML file, the environment and secret files (`contract.md`, "Settings")."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from configuration import Configuration, merged
from encryption import Encryption
from mail.account import Account, Part
from mail.policy import Policy
from mail.template import Template
from models.json import is_object
from models.request import unknown_name


class Storage(Part):
    """Where files of a case are kept."""

    url: str = "file:///var/lib/mail/cases"


class Settings(Configuration):
    """All that a worker is told."""

    default_account: str = ""
    task_queue: Annotated[str, Field(min_length=1)] = "mail"
    accounts: Annotated[dict[str, Account], Field(min_length=1)]
    templates: dict[str, Template] = Field(default_factory=dict[str, Template])
    policy: Policy = Policy()
    storage: Storage = Storage()
    encryption: Encryption = Encryption()

    @model_validator(mode="before")
    @classmethod
    def _one_name_an_account(cls, values: Any) -> Any:
        """The environment writes names in capitals: an account is the same whatever its case."""
        accounts = values.get("accounts") if is_object(values) else None
        if not (is_object(values) and is_object(accounts)):
            return values
        named: dict[str, Any] = {}
        for name, account in accounts.items():
            named[name.lower()] = merged(named.get(name.lower(), {}), account)
        return {**values, "accounts": named}

    @model_validator(mode="after")
    def _default_exists(self) -> Self:
        only = next(iter(self.accounts)) if len(self.accounts) == 1 else ""
        default = self.default_account.lower() or only
        if default not in self.accounts:
            raise ValueError(f"default_account {default!r}: {unknown_name(default, self.accounts)}")
        object.__setattr__(self, "default_account", default)  # frozen for everybody else
        return self
