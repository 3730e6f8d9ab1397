"""TLS towards mail servers: always verified, against the system's authorities or one private one."""

import ssl

from mail.errors import CertificateRejected, MailError, NotConfigured, ServerUnavailable


def client_context(ca_file: str) -> ssl.SSLContext:
    """Trust in the system's authorities, or in those of the file alone. Reads files."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise NotConfigured(f"ca_file {ca_file} cannot be used: {error.strerror or error}") from None


def tls_failure(error: ssl.SSLError, where: str) -> MailError:
    """What a failed handshake means: distrust is final, a cut line is not."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateRejected(f"the certificate of {where} is not trusted: {error.verify_message}")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError):
        return ServerUnavailable(f"{where} hung up during the TLS handshake")
    return CertificateRejected(f"{where} does not speak TLS as required: {error.reason}")
