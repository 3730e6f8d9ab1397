"""A certificate authority of one's own, so that tests verify TLS instead of switching it off."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Every name under which a client on this machine may reach the servers.
HOSTS = ("localhost", "mail.lab.test")
ADDRESSES = ("127.0.0.1", "::1")

# One day before now forgives a clock that is set back; `make dev` may keep its folder for a year.
BACKDATED = timedelta(days=1)
VALID = timedelta(days=365)


@dataclass(frozen=True)
class Certificates:
    """The files of one authority and of the server certificate it signed."""

    ca: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """The TLS settings of a server that shows this certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_context(self) -> ssl.SSLContext:
        """The TLS settings of a client that trusts this authority and no other."""
        return ssl.create_default_context(cafile=str(self.ca))


def issue(folder: Path) -> Certificates:
    """Write a new authority and a server certificate for this machine into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(ca=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server.key")
    # Elliptic curves: a key takes under a millisecond, an RSA key a tenth of a second.
    authority_key, server_key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    authority = _authority(authority_key)
    files.ca.write_bytes(_pem(authority))
    files.certificate.write_bytes(_pem(_server(server_key, authority, authority_key)))
    files.key.touch(mode=0o600)
    files.key.write_bytes(_private_pem(server_key))
    return files


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name("Durable mail test authority")
    usage = _usage(signs_certificates=True)
    return (
        _dated(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, authority_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    # Python 3.13 verifies with X509_STRICT, which wants both key identifiers (RFC 5280, 4.2.1.1).
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _dated(_name(HOSTS[-1]), authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_alternative_names(), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _dated(subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + VALID)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative_names() -> x509.SubjectAlternativeName:
    hosts = [x509.DNSName(host) for host in HOSTS]
    return x509.SubjectAlternativeName([*hosts, *(x509.IPAddress(ip_address(ip)) for ip in ADDRESSES)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
