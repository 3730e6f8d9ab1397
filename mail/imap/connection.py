"""From settings to a greeted, encrypted connection, or to the reason why there is none."""

import asyncio
import ssl

from mail.account import ImapServer
from mail.errors import CertificateRejected, MailError, NotConfigured, ServerUnavailable
from mail.imap.protocol import Protocol
from mail.trace import span


async def connect(server: ImapServer) -> Protocol:
    """A connection on which nobody has logged in yet, as encrypted as the settings demand."""
    context = None if server.security == "none" else tls_context(server.ca_file)
    try:
        with span("IMAP connect", server.host):
            async with asyncio.timeout(server.timeout_seconds):
                return await _greeted(server, context)
    except MailError:
        raise
    except (OSError, UnicodeError) as error:
        raise _translated(error, server) from error


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Trust in the system's authorities, or in the private one alone."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise NotConfigured(f"ca_file {ca_file} cannot be used: {error.strerror or error}") from error


async def _greeted(server: ImapServer, context: ssl.SSLContext | None) -> Protocol:
    _, protocol = await asyncio.get_running_loop().create_connection(
        lambda: Protocol(server.timeout_seconds, server.host),
        server.host,
        server.port,
        ssl=context if server.security == "tls" else None,
    )
    try:
        greeting = await protocol.greeting
        if server.security == "starttls" and context is not None:
            await _encrypt(protocol, greeting, context, server.host)
    except BaseException:
        protocol.drop("it was never opened")
        raise
    return protocol


async def _encrypt(protocol: Protocol, greeting: str, context: ssl.SSLContext, host: str) -> None:
    # RFC 3501 §6.2.1: who is greeted as logged in can no longer ask for TLS; only an attacker gains by that.
    if greeting.upper().startswith("PREAUTH"):
        raise CertificateRejected(f"{host} skips the log-in, and with it STARTTLS.")
    await protocol.start_tls(context, host)


def _translated(error: OSError | UnicodeError, server: ImapServer) -> MailError:
    where = f"{server.host}:{server.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateRejected(f"The certificate of {where} is not trusted: {error.verify_message}.")
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return CertificateRejected(f"{where} does not speak TLS as required: {error.reason}.")
    if isinstance(error, TimeoutError):
        return ServerUnavailable(f"{where} does not answer within {server.timeout_seconds:g} s.")
    return ServerUnavailable(f"{where} cannot be reached: {error}.")
