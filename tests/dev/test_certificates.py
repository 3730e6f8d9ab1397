"""The certificates of the servers."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dev.certificates import Certificates, issue


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority and its server."""
    return issue(tmp_path_factory.mktemp("tls"))


def shake_hands(server: Certificates, client: Certificates, name: str) -> str:
    """The TLS version on which the two agree when the client expects the name."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor() as threads:
        serving = threads.submit(server.server_context().wrap_socket, theirs, server_side=True)
        try:
            with client.client_context().wrap_socket(ours, server_hostname=name) as connection:
                return connection.version() or ""
        finally:
            ours.close()
            if not serving.exception():
                serving.result().close()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "mail.lab.test"])
def test_every_name_of_this_machine_is_covered(certificates: Certificates, name: str) -> None:
    """A client that verifies strictly connects by any of the names."""
    assert shake_hands(certificates, certificates, name) == "TLSv1.3"


def test_another_name_is_refused(certificates: Certificates) -> None:
    """The certificate is good for its own names only."""
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(certificates, certificates, "mail.example.org")


def test_another_authority_is_refused(certificates: Certificates, tmp_path: Path) -> None:
    """A client that trusts another authority does not connect."""
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(certificates, issue(tmp_path), "localhost")


def test_the_key_is_private(certificates: Certificates) -> None:
    """Nobody else on the machine can read the server's key."""
    assert certificates.key.stat().st_mode & 0o077 == 0
