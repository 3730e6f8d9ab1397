"""A mail account as the mail layer needs it: where its servers are and how to log in."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from models.address import as_items

Security = Literal["tls", "starttls", "none"]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """What all parts of the settings share: frozen, no unknown names, no secret in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Server(Part):
    """How to reach and enter one mail server."""

    host: Annotated[str, Field(min_length=1)]
    port: Port
    security: Security
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    ca_file: str = ""
    timeout_seconds: Seconds = 30.0

    @model_validator(mode="after")
    def _password_from_file(self) -> Self:
        if self.password_file is None:
            return self
        try:
            secret = self.password_file.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise ValueError(f"password_file {self.password_file}: {error.strerror}") from error
        object.__setattr__(self, "password", SecretStr(secret))  # the model is frozen for everybody else
        return self


class SmtpServer(Server):
    """Where letters are handed in."""

    port: Port = 587
    security: Security = "starttls"
    connections: Annotated[int, Field(ge=1)] = 3  # Microsoft 365 admits three


class ImapServer(Server):
    """Where letters are read."""

    port: Port = 993
    security: Security = "tls"
    connections: Annotated[int, Field(ge=1)] = 4  # Gmail admits fifteen, watches included


class Account(Part):
    """One mailbox that is us: its address, its other addresses, its servers."""

    address: Annotated[str, Field(min_length=3)]
    display_name: str = ""
    aliases: Annotated[tuple[str, ...], BeforeValidator(as_items)] = ()
    smtp: SmtpServer | None = None
    imap: ImapServer | None = None
    # "auto" files a copy unless the server has already filed its own.
    sent_copy: Literal["auto", "off"] = "auto"
    # Given = Reply-To and envelope sender carry a signed plus-address (soc+r.<token>@…).
    reply_token_key: SecretStr | None = None
