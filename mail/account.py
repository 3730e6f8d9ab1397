"""A mail account as the mail layer needs it: where its servers are and how to log in."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from models.address import as_items, bare
from models.json import is_object

Security = Literal["tls", "starttls", "none"]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """What all parts of the settings share: frozen, no unknown names, secrets also from files and in no error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _secrets_from_files(cls, values: Any) -> Any:
        """`password_file` is where `password` is read from, and so for every other secret."""
        if not is_object(values):
            return values
        read = dict(values)
        for name, field in cls.model_fields.items():
            if field.annotation in _SECRETS and (path := read.pop(f"{name}_file", None)):
                read[name] = secret_in(Path(path), f"{name}_file")
        return read


_SECRETS: tuple[object, ...] = (SecretStr, SecretStr | None)


def secret_in(path: Path, setting: str) -> SecretStr:
    """The secret in this file, which the setting of this name points to; ValueError where it cannot be read."""
    try:
        return SecretStr(path.read_text(encoding="utf-8").rstrip("\r\n"))
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
    timeout_seconds: Seconds = 30.0


def _none_if_empty(value: object) -> object:
    """How the environment says that there is none."""
    return None if value == "" else value


class SmtpServer(Server):
    """Where letters are handed in."""

    port: Port = 587
    security: Security = "starttls"
    connections: Annotated[int, Field(ge=1)] = 3  # Microsoft 365 admits three
    # Empty = no limit. Microsoft 365 takes thirty.
    messages_per_minute: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_none_if_empty)] = None


class ImapServer(Server):
    """Where letters are read."""

    port: Port = 993
    security: Security = "tls"
    connections: Annotated[int, Field(ge=1)] = 4  # Gmail admits fifteen, with those of the watches and of a ping
    watch_connections: Annotated[int, Field(ge=1)] = 10  # folders beyond these are watched in turn


class OAuth(Part):
    """Where access tokens come from, instead of passwords (RFC 6749 §4.4, §6)."""

    token_url: Annotated[str, Field(pattern=r"^https?://")]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: SecretStr = SecretStr("")
    scope: str = ""
    refresh_token: SecretStr = SecretStr("")  # empty = client credentials


class Account(Part):
    """One mailbox that is us: its address, its other addresses, its servers."""

    address: Annotated[str, AfterValidator(bare)]
    display_name: str = ""
    aliases: Annotated[tuple[Annotated[str, AfterValidator(bare)], ...], BeforeValidator(as_items)] = ()
    smtp: SmtpServer | None = None
    imap: ImapServer | None = None
    oauth: OAuth | None = None
    # "auto" files a copy unless the server has already filed its own.
    sent_copy: Literal["auto", "off"] = "auto"
    # Given = Reply-To and envelope sender carry a signed plus-address (soc+r.<token>@…).
    reply_token_key: SecretStr | None = None
