"""Accounts and policy, from a TOML file, the environment and secret files (`contract.md`, "Settings")."""

from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from configuration import Configuration, FileSchema, merged
from encryption import Encryption
from mail.account import Account, Part
from mail.errors import InvalidContent
from mail.policy import Policy
from mail.template import Template, Templates
from models.json import JsonObject, is_object
from models.request import unknown_name
from observation.settings import Health, Log, Metrics, Tracing

STORES = ("file", "s3", "gs", "az")
# What editors that know TOML read: Taplo's schemas are of this draft.
DRAFT = "http://json-schema.org/draft-07/schema#"


def _known_store(url: str) -> str:
    *others, last = (f"{scheme}://" for scheme in STORES)
    if (parts := urlsplit(url)).scheme not in STORES or not url.startswith(f"{parts.scheme}://"):
        raise ValueError(f"{url!r} must begin with {', '.join(others)} or {last}")
    if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
        raise ValueError(f"{url!r} is no absolute path such as file:///var/lib/mail/cases")
    return url


def _usable(templates: dict[str, Template]) -> dict[str, Template]:
    try:
        Templates(templates)
    except InvalidContent as error:
        raise ValueError(error.message) from error
    return templates


class Storage(Part):
    """Where files of a case are kept."""

    url: Annotated[str, AfterValidator(_known_store)] = "file:///var/lib/mail/cases"
    """A folder (file:///…), or s3://…, gs://…, az://…; the environment says how to get in."""


class Deployment(Part):
    """Which of Temporal's Worker Deployments the worker belongs to, and which version of the code it runs."""

    name: Annotated[str, Field(pattern=r"^[^.:]+$")]  # Temporal separates name and build id by these
    build_id: Annotated[str, Field(min_length=1)]


class Settings(Configuration):
    """All that a worker is told."""

    default_account: str = ""
    """Not needed with one account."""
    task_queue: Annotated[str, Field(min_length=1)] = "mail"
    """Of Temporal; the watches have one of the same name and `-watch`."""
    search_attributes: bool | None = None
    """Not given = unless histories are encrypted, for everybody could read them."""
    accounts: Annotated[dict[str, Account], Field(min_length=1)]
    templates: Annotated[dict[str, Template], AfterValidator(_usable)] = Field(default_factory=dict[str, Template])
    policy: Policy = Policy()
    storage: Storage = Storage()
    encryption: Encryption = Encryption()
    deployment: Deployment | None = None
    metrics: Metrics = Metrics()
    tracing: Tracing = Tracing()
    log: Log = Log()
    health: Health = Health()

    @classmethod
    def schema_of_file(cls) -> JsonObject:
        """The JSON schema of `mail.toml`, for editors."""
        schema = cls.model_json_schema(schema_generator=FileSchema)
        return {"$schema": DRAFT, **schema, "title": "mail.toml"}

    @property
    def has_search_attributes(self) -> bool:
        """Whether workflows shall be found by case, letter, account and state."""
        return not self.encryption.key_id if self.search_attributes is None else self.search_attributes

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
