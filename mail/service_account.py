"""A Google service account, which acts for a mailbox without its owner (RFC 7523; domain-wide delegation)."""

import json
import time
from base64 import urlsafe_b64encode
from typing import Annotated, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

# The longest that Google's token server admits.
_LIFETIME_SECONDS = 3600


class ServiceAccount(BaseModel):
    """What its key file says, as far as it matters here."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    client_email: Annotated[str, Field(min_length=1)]
    private_key: SecretStr
    private_key_id: str = ""

    @classmethod
    def read(cls, key_file: SecretStr) -> Self:
        """The account of this key file; ValueError where it is none."""
        try:
            return cls.model_validate_json(key_file.get_secret_value())
        except ValidationError:
            raise ValueError(
                "service_account_file is no key of a service account: JSON with client_email and an RSA private_key"
            ) from None

    @field_validator("private_key")
    @classmethod
    def _is_usable(cls, pem: SecretStr) -> SecretStr:
        _rsa_key(pem)
        return pem

    def assertion(self, *, subject: str, scope: str, audience: str) -> str:
        """Who asks the token server for what, for whom, signed (RFC 7515, RS256)."""
        key, now = _rsa_key(self.private_key), int(time.time())
        header = {"alg": "RS256", "typ": "JWT"} | ({"kid": self.private_key_id} if self.private_key_id else {})
        claims = {
            "iss": self.client_email,
            "sub": subject,
            "scope": scope,
            "aud": audience,
            "iat": now,
            "exp": now + _LIFETIME_SECONDS,
        }
        signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
        return f"{signed}.{_encoded(key.sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"


def _rsa_key(pem: SecretStr) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.get_secret_value().encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:  # it wants a password, or is of a strange kind
        raise ValueError(f"{error}") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key is no RSA key")  # noqa: TRY004  # the settings are wrong, not the code
    return key


def _encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
