"""Letters through a real Exim: TLS, log-in, refusals and drops as servers do them."""

import asyncio
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from dev.certificates import issue
from dev.lab import Lab, User
from mail.account import SmtpServer
from mail.errors import AuthenticationFailed, CertificateRejected, MailError, MessageRejected, ServerUnavailable
from mail.smtp.pool import SmtpPool
from mail.smtp.session import SmtpSession
from tests.mail.smtp.conftest import Opened

pytestmark = pytest.mark.live


@pytest.fixture
def server(lab: Lab) -> SmtpServer:
    """The submission server, with STARTTLS."""
    smtp = lab.account("soc").smtp
    assert smtp is not None
    return smtp


def letter(subject: str) -> bytes:
    return f"From: soc@lab.test\r\nSubject: {subject}\r\nMessage-ID: <{subject}@lab.test>\r\n\r\nHi\r\n".encode()


@pytest.fixture(params=[("starttls", "SUBM"), ("tls", "SMTPS"), ("none", "SMTP")], ids=lambda way: way[0])
def any_server(request: pytest.FixtureRequest, lab: Lab, server: SmtpServer) -> SmtpServer:
    """The server, entered in each way there is."""
    security, port = request.param
    return server.model_copy(update={"security": security, "port": lab.ports[port]})


async def test_letters_pass_each_kind_of_security(
    lab: Lab, any_server: SmtpServer, lab_user: User, opened: Opened
) -> None:
    """STARTTLS, TLS from the start and none at all."""
    session = await opened(any_server)
    assert session.greeting.tls == ("" if any_server.security == "none" else "TLSv1.3")
    delivery = await session.deliver(letter("hello"), "soc@lab.test", [lab_user.address], smtputf8=False)
    assert delivery.accepted == (lab_user.address,)
    await _until(lambda: bool(lab.messages(lab_user.name)))


@pytest.mark.parametrize(("security", "port"), [("starttls", "SUBM"), ("tls", "SMTPS")])
async def test_a_foreign_certificate_is_rejected(
    lab: Lab, server: SmtpServer, tmp_path_factory: pytest.TempPathFactory, security: str, port: str
) -> None:
    """An authority of somebody else vouches for nothing, on both ways into TLS."""
    other = str(issue(tmp_path_factory.mktemp("other")).ca)
    changed = {"security": security, "port": lab.ports[port], "ca_file": other}
    with pytest.raises(CertificateRejected, match="not trusted"):
        await SmtpSession.open(server.model_copy(update=changed))


async def test_a_wrong_password_is_final(server: SmtpServer) -> None:
    """No reason to come back with the same password."""
    with pytest.raises(AuthenticationFailed, match="535") as caught:
        await SmtpSession.open(server.model_copy(update={"password": SecretStr("wrong")}))
    assert "wrong" not in str(caught.value)


async def test_nobody_sends_without_a_log_in(server: SmtpServer, opened: Opened) -> None:
    """A submission server says so at MAIL or RCPT; either way it is an answer."""
    session = await opened(server.model_copy(update={"username": ""}))
    with pytest.raises(MailError) as caught:
        await session.deliver(letter("x"), "soc@lab.test", ["alice@lab.test"], smtputf8=False)
    assert not caught.value.retryable


async def test_refused_and_deferred_are_told_apart(server: SmtpServer, opened: Opened) -> None:
    """One letter, four recipients, three outcomes."""
    session = await opened(server)
    recipients = ["alice@lab.test", "grey@lab.test", "full@lab.test", "blocked@lab.test"]
    delivery = await session.deliver(letter("mixed"), "soc@lab.test", recipients, smtputf8=False)
    assert delivery.accepted == ("alice@lab.test",)
    assert [(one.address, one.code) for one in delivery.deferred] == [("grey@lab.test", 451)]
    assert [one.address for one in delivery.refused] == ["full@lab.test", "blocked@lab.test"]


async def test_a_drop_leaves_the_others_to_be_tried_again(server: SmtpServer, opened: Opened) -> None:
    """Exim drops the connection at this recipient: it alone is refused."""
    session = await opened(server)
    recipients = ["alice@lab.test", "shutdown@lab.test", "bob@lab.test"]
    delivery = await session.deliver(letter("drop"), "soc@lab.test", recipients, smtputf8=False)
    assert [one.address for one in delivery.refused] == ["shutdown@lab.test"]
    assert sorted(one.address for one in delivery.deferred) == ["alice@lab.test", "bob@lab.test"]
    assert session.closed


@pytest.mark.parametrize(("subject", "expected"), [("REJECT-DATA", MessageRejected), ("DEFER-DATA", ServerUnavailable)])
async def test_a_refused_content_has_its_name(
    server: SmtpServer, opened: Opened, subject: str, expected: type[MailError]
) -> None:
    """For good, or for now; the connection stays."""
    session = await opened(server)
    with pytest.raises(expected):
        await session.deliver(letter(subject), "soc@lab.test", ["alice@lab.test"], smtputf8=False)
    await session.noop()


async def test_a_slow_recipient_is_a_reason_to_come_back(server: SmtpServer, opened: Opened) -> None:
    """Three seconds are too long for somebody who waits for one."""
    session = await opened(server.model_copy(update={"timeout_seconds": 1.0}))
    with pytest.raises(ServerUnavailable, match="in time"):
        await session.deliver(letter("slow"), "soc@lab.test", ["delay+3@lab.test"], smtputf8=False)
    assert session.closed


async def test_an_address_beyond_ascii_is_reached(server: SmtpServer, opened: Opened) -> None:
    """Exim speaks SMTPUTF8."""
    session = await opened(server)
    delivery = await session.deliver(letter("utf8"), "soc@lab.test", ["jürgen@lab.test"], smtputf8=True)
    assert delivery.accepted == ("jürgen@lab.test",)


async def test_the_pool_keeps_letters_apart(lab: Lab, server: SmtpServer, lab_user: User) -> None:
    """Twenty letters over three connections, each once."""
    pool = SmtpPool(server)

    async def send(number: int) -> None:
        async with pool.session() as session:
            await session.deliver(letter(f"n{number}"), "soc@lab.test", [lab_user.address], smtputf8=False)

    await asyncio.gather(*map(send, range(20)))
    await pool.close()
    await _until(lambda: len(lab.messages(lab_user.name)) == 20)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):
            pass
