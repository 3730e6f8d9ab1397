"""The settings that encrypt histories: keys by id, which of them writes, and who may read through the codec server."""

import base64
import binascii
import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from configuration import Configuration
from mail.account import Part, secret_in
from models.address import as_items
from models.json import is_object
from models.request import unknown_name

# AES-256.
KEY_BYTES = 32
# What reads everything must not be guessed; 32 characters in hexadecimal are 128 bits.
TOKEN_CHARACTERS = 32
# RFC 6454 §6.1: a browser names itself so, without a path.
ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")


def _key_id(name: str) -> str:
    """Variables are in capitals and have no hyphen: 2026_11 is 2026-11."""
    return name.strip().lower().replace("_", "-")


def _by_id(keys: Any) -> Any:
    """`<id>_file` is where the key of that id is read from; what stands later, the environment, wins."""
    if not is_object(keys):
        return keys
    read: dict[str, Any] = {}
    for name, value in keys.items():
        from_file = name.lower().endswith("_file")
        key_id = _key_id(name[: -len("_file")] if from_file else name)
        read[key_id] = secret_in(value, f"{key_id}_file") if from_file else value
    return read


def _checked_key(key: SecretStr) -> SecretStr:
    length = len(key_bytes(key))
    if length != KEY_BYTES:
        raise ValueError(
            f"a key is {KEY_BYTES} bytes in base64, this one is {length}; openssl rand -base64 32 makes one"
        )
    return key


def key_bytes(key: SecretStr) -> bytes:
    """The key itself; ValueError where the text is not base64."""
    try:
        return base64.b64decode(key.get_secret_value().strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a key is written in base64; openssl rand -base64 32 makes one") from None


def _checked_token(token: SecretStr) -> SecretStr:
    if len(token.get_secret_value()) < TOKEN_CHARACTERS:
        raise ValueError(f"the token needs {TOKEN_CHARACTERS} characters; openssl rand -hex 32 makes one")
    return token


def _checked_origin(origin: str) -> str:
    if not ORIGIN.fullmatch(origin.lower()):
        raise ValueError(f"{origin!r} is no origin like https://temporal.example.org")
    return origin.lower()


Key = Annotated[SecretStr, AfterValidator(_checked_key)]
Origin = Annotated[str, AfterValidator(_checked_origin)]


class Encryption(Part):
    """How histories are encrypted; without a `key_id` they are not, and `keys` only read what was."""

    key_id: Annotated[str, AfterValidator(_key_id)] = ""
    """This key encrypts; empty = nothing more is encrypted."""
    keys: Annotated[dict[str, Key], BeforeValidator(_by_id)] = Field(default_factory=dict[str, SecretStr])
    """These keys decrypt: 32 bytes in base64 by id, or a file by `<id>_file`."""
    encrypt_failures: bool = True
    """Messages and stacks of failures, too."""
    codec_server_token: Annotated[SecretStr, AfterValidator(_checked_token)] = SecretStr("")
    ui_origins: Annotated[tuple[Origin, ...], BeforeValidator(as_items)] = ()
    """Pages that may ask the codec server."""

    @model_validator(mode="after")
    def _key_exists(self) -> Self:
        if self.key_id and self.key_id not in self.keys:
            raise ValueError(f"key_id {self.key_id!r}: {unknown_name(self.key_id, self.keys)}")
        return self

    @classmethod
    def load(cls) -> "Encryption":
        """The part `[encryption]` of the settings alone, for who has no mail account; raises SettingsError."""
        return _OnlyEncryption.load().encryption


class _OnlyEncryption(Configuration):
    model_config = SettingsConfigDict(extra="ignore")

    encryption: Encryption = Encryption()
