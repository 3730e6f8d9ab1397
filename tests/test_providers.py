"""What docs/providers.md tells to write into mail.toml is what the worker takes."""

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from settings import Settings

PAGE = Path(__file__).parent.parent / "docs" / "providers.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that stands for /run/secrets; each file in it would do."""
    folder = tmp_path_factory.mktemp("secrets")
    pem = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key = json.dumps({"client_email": "robot@project.test", "private_key": pem})
    for name in ("client-secret", "refresh-token", "app-password", "password", "service-account.json"):
        (folder / name).write_text(key, encoding="utf-8")
    return folder


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_complete(example: str, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both protocols, a user name, and something to log in with."""
    file = tmp_path / "mail.toml"
    file.write_text(example.replace("/run/secrets", str(secrets)), encoding="utf-8")
    monkeypatch.setenv("MAIL_CONFIG", str(file))
    soc = Settings.load().accounts["soc"]
    for server in (soc.smtp, soc.imap):
        assert server
        assert server.username
        assert bool(server.password.get_secret_value()) is (soc.oauth is None)
