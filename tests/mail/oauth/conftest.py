"""Token servers: one for each test, and the one that Dovecot and Exim ask; and what comes of tokens at a door."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mail.errors import AuthenticationFailed
from tests.token_server import TokenServer, token_server


@dataclass
class Door:
    """Lets those in whose token is not refused."""

    refused: set[str | None] = field(default_factory=set[str | None])
    shown: list[str | None] = field(default_factory=list[str | None])

    async def open(self, *, token: str | None) -> str:
        self.shown.append(token)
        if token in self.refused:
            raise AuthenticationFailed("not with this token")
        return "inside"


@pytest.fixture
def door() -> Door:
    """A door that lets everybody in."""
    return Door()


@pytest.fixture
async def tokens() -> AsyncIterator[TokenServer]:
    """A token server that no mail server asks."""
    async with token_server("soc") as server:
        yield server


@pytest.fixture(scope="session")
def key() -> RSAPrivateKey:
    """The key of a service account."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def key_file(key: RSAPrivateKey) -> str:
    """What Google gives its owner to keep."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    known = {"type": "service_account", "client_email": "robot@project.test", "private_key_id": "k1"}
    return json.dumps(known | {"private_key": pem, "token_uri": "https://oauth2.googleapis.com/token"})
