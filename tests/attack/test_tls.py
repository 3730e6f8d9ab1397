"""TLS: no letter, no password and no answer passes where somebody could have changed or read it."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from dev.certificates import issue
from dev.lab import Lab
from mail.account import SmtpServer
from mail.errors import CertificateRejected, MailError
from mail.smtp.session import SmtpSession

INJECTED = b"220 go ahead\r\n250-x\r\n250 AUTH PLAIN\r\n"


@asynccontextmanager
async def man_in_the_middle(context: ssl.SSLContext, heard: list[bytes]) -> AsyncGenerator[int, None]:
    """Offers STARTTLS, and puts answers of its own before the handshake (CVE-2011-0411)."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x ESMTP\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(INJECTED)
        await writer.drain()
        try:
            await writer.start_tls(context)
            writer.write(b"")
            heard.append(await reader.readline())
            writer.write(b"250-x\r\n250 SIZE 1\r\n")
            heard.append(await reader.readline())
        except (OSError, ssl.SSLError):
            pass  # the client saw through it
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_what_is_said_before_the_handshake_does_not_count(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The answer to EHLO is the one inside TLS: no mechanism was offered there, so no password goes out."""
    certificates = issue(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    heard: list[bytes] = []
    async with man_in_the_middle(context, heard) as port:
        server = SmtpServer.model_validate(
            {
                "host": "127.0.0.1",
                "port": port,
                "username": "soc",
                "password": "s3cret",
                "ca_file": str(certificates.ca),
            }
        )
        with pytest.raises(MailError):
            await SmtpSession.open(server)
    assert not any(line.startswith(b"AUTH") for line in heard)


@pytest.mark.live
@pytest.mark.parametrize(("security", "port"), [("starttls", "SUBM"), ("tls", "SMTPS")])
async def test_a_certificate_for_another_name_is_rejected(lab: Lab, security: str, port: str) -> None:
    """A trusted authority is not enough: it has to be the server that was asked for."""
    server = lab.account("soc").smtp
    assert server
    changed = server.model_copy(update={"security": security, "port": lab.ports[port], "host": "127.1"})
    with pytest.raises(CertificateRejected, match="not trusted"):
        await SmtpSession.open(changed)


@pytest.mark.live
@pytest.mark.parametrize(("security", "port"), [("starttls", "SUBM"), ("tls", "SMTPS")])
async def test_old_protocols_are_not_spoken(lab: Lab, security: str, port: str) -> None:
    """RFC 8996: TLS 1.2 at least."""
    server = lab.account("soc").smtp
    assert server
    session = await SmtpSession.open(server.model_copy(update={"security": security, "port": lab.ports[port]}))
    assert session.greeting.tls in {"TLSv1.2", "TLSv1.3"}
    await session.close()
