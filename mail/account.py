"""A mail account as the mail layer needs it: where its servers are and how to log in."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from mail.address import domain_of
from mail.provider import Provider, completed
from mail.service_account import ServiceAccount
from models.address import as_items, bare
from models.json import JsonObject, is_object

Security = Literal["tls", "starttls", "none"]
ReplyTokenMode = Literal["off", "reply-to", "verp"]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


Secrets = tuple[SecretStr, ...]
_SECRETS: tuple[object, ...] = (SecretStr, SecretStr | None)


def _tell_of_files(schema: JsonObject, part: type[BaseModel]) -> None:
    """What `_secrets_from_files` reads is no field, but it may be written."""
    for name, field in part.model_fields.items():
        if field.annotation in _SECRETS:
            schema["properties"][f"{name}_file"] = {"type": "string", "description": f"a file that holds {name}"}
        if field.annotation == Secrets:
            paths = {"type": "array", "items": {"type": "string"}}
            schema["properties"][f"{name}_files"] = {**paths, "description": f"files that hold one of {name} each"}


class Part(BaseModel):
    """What all parts of the settings share: frozen, no unknown names, secrets also from files and in no error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        json_schema_extra=_tell_of_files,
    )

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: Any) -> Any:
        """`password_file` is where `password` is read from, and so for every other secret."""
        if not is_object(values):
            return values
        read = dict(values)
        for name, field in cls.model_fields.items():
            if field.annotation in _SECRETS and (path := read.pop(f"{name}_file", None)):
                if read.get(name):
                    raise ValueError(f"give {name} or {name}_file, not both")
                read[name] = secret_in(path, f"{name}_file")
            if field.annotation == Secrets and (paths := as_items(read.pop(f"{name}_files", None))):
                read[name] = [secret_in(path, f"{name}_files") for path in paths]
        return read


def secret_in(path: object, setting: str) -> SecretStr:
    """The secret in this file, which the setting of this name points to; ValueError where it cannot be read."""
    if not isinstance(path, str | Path):
        raise ValueError(f"{setting} must be the path of a file")  # noqa: TRY004 pydantic takes no other
    try:
        return SecretStr(Path(path).read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{setting} {path} cannot be read: {error}") from None


class Server(Part):
    """How to reach and enter one mail server."""

    host: Annotated[str, Field(min_length=1)]
    port: Port
    security: Security
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: str = ""
    """A private authority that alone is trusted; empty = the system's."""
    timeout_seconds: Seconds = 30.0


def _none_if_empty(value: object) -> object:
    """How the environment says that there is none."""
    return None if value == "" else value


class SmtpServer(Server):
    """Where letters are handed in."""

    port: Port = 587
    security: Security = "starttls"
    connections: Annotated[int, Field(ge=1)] = 3  # Microsoft 365 admits three
    """At most so many at a time, of each worker."""
    # Microsoft 365 takes thirty.
    messages_per_minute: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_none_if_empty)] = None
    """Of each worker; not given = no limit."""


class ImapServer(Server):
    """Where letters are read."""

    port: Port = 993
    security: Security = "tls"
    connections: Annotated[int, Field(ge=1)] = 4  # Gmail admits fifteen, with those of the watches and of a ping
    """For short operations, of each worker."""
    watch_connections: Annotated[int, Field(ge=1)] = 10
    """For watched folders, one each; folders beyond these are watched in turn."""


class OAuth(Part):
    """Where access tokens come from, instead of passwords: as a service account, for a user, or as ourselves."""

    token_url: Annotated[str, Field(pattern=r"^https?://")]
    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]*$")] = ""
    """Microsoft's directory (tenant) ID; part of its token_url."""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    scope: str = ""
    refresh_token: SecretStr = SecretStr("")
    """Not given = client credentials."""
    service_account: SecretStr = SecretStr("")
    """The JSON of a Google key file; nothing else is needed then."""
    subject: str = ""
    """For whom the service account acts; empty = the account's address."""

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.service_account.get_secret_value():
            ServiceAccount.read(self.service_account)
        elif not self.client_id:
            raise ValueError("client_id is needed where there is no service_account_file")
        return self


def _domain(value: str) -> str:
    return domain_of(bare(f"postmaster@{value}")) if value else ""


class Account(Part):
    """One mailbox that is us: its address, its other addresses, its servers."""

    provider: Annotated[Provider | None, BeforeValidator(_none_if_empty)] = None
    """Fills in servers, scopes and limits that it is known for."""
    address: Annotated[str, AfterValidator(bare)]
    display_name: str = ""
    aliases: Annotated[tuple[Annotated[str, AfterValidator(bare)], ...], BeforeValidator(as_items)] = ()
    """Other addresses that are us."""
    smtp: SmtpServer | None = None
    imap: ImapServer | None = None
    oauth: OAuth | None = None
    sent_copy: Literal["auto", "server", "off"] = "auto"
    """"auto" files a copy unless the server has already filed its own; "server" leaves it to the server."""
    reply_tokens: Annotated[ReplyTokenMode | None, BeforeValidator(_none_if_empty)] = None
    """Where a signed address (soc+r.<token>@…) stands: in Reply-To, or in the envelope sender, too (VERP).

    Not given = "verp" with a key, "off" without.
    """
    reply_token_key: SecretStr | None = None
    """Signs the addresses."""
    reply_token_keys: Annotated[Secrets, BeforeValidator(as_items)] = ()
    """Earlier keys: they prove, and sign no more."""
    reply_token_separator: Annotated[str, Field(pattern=r"^[-+=_.#~]$")] = "+"  # noqa: S105  # a character
    reply_token_domain: Annotated[str, AfterValidator(_domain)] = ""
    """A domain of which every address comes to this mailbox: r.<token>@replies.example.org."""

    @model_validator(mode="before")
    @classmethod
    def _as_the_provider_is_known(cls, values: Any) -> Any:
        return completed(values) if is_object(values) else values

    @model_validator(mode="after")
    def _has_something_to_log_in_with(self) -> Self:
        """Where the provider's name is all that is given, nobody is let in."""
        servers = [server for server in (self.smtp, self.imap) if server and server.password.get_secret_value()]
        if self.provider and not self.oauth and not servers:
            raise ValueError(f"provider = {self.provider!r} needs an oauth section, or passwords for smtp and imap")
        return self

    @property
    def signed_addresses(self) -> ReplyTokenMode:
        """Where a signed address stands in our letters."""
        return self.reply_tokens or ("verp" if self.reply_token_key else "off")

    @model_validator(mode="after")
    def _tokens_have_a_key(self) -> Self:
        if self.signed_addresses != "off" and not self.reply_token_key:
            raise ValueError(f"reply_tokens = {self.reply_tokens!r} needs reply_token_key or reply_token_key_file")
        return self
