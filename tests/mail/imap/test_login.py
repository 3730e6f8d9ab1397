"""Getting in, and the difference between "never" and "not now"."""

import asyncio
import logging
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable

import pytest
from pydantic import SecretStr

from mail.account import ImapServer
from mail.errors import AuthenticationFailed, CertificateRejected, NotConfigured, ServerUnavailable
from mail.imap.session import ImapSession
from tests.mail.imap.scripted import Conversation, Script, ScriptedServer

Play = Callable[[Script], Awaitable[ScriptedServer]]
CAPABLE = b"* CAPABILITY IMAP4rev1"


async def greet(server: Conversation, capabilities: bytes = CAPABLE) -> None:
    await server.say(b"* OK [CAPABILITY x] Scripted ready.")
    await server.answer(b"CAPABILITY", capabilities)


async def test_a_session_knows_whom_it_talks_to(play: Play) -> None:
    """The greeting names the server, the capabilities are those after the log-in, in upper case."""

    async def script(server: Conversation) -> None:
        await greet(server)
        assert await server.answer(b"LOGIN") == b'"ann" "s3cret"'
        await server.answer(b"CAPABILITY", b"* CAPABILITY IMAP4rev1 Idle")

    session = await ImapSession.open((await play(script)).settings())
    assert (session.server_name, session.tls) == ("Scripted ready.", None)
    assert session.capabilities == {"IMAP4REV1", "IDLE"}
    session.drop()


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (b"NO [AUTHENTICATIONFAILED] try again later", AuthenticationFailed),
        (b"NO Invalid credentials s3cret", AuthenticationFailed),
        (b"NO Login failed, please try again", AuthenticationFailed),
        (b"BAD LOGIN ann s3cret", AuthenticationFailed),
        (b"NO [UNAVAILABLE] LDAP is down", ServerUnavailable),
        (b"NO [ALERT] Too many simultaneous connections. (Failure)", ServerUnavailable),
        (b"NO [LIMIT] enough", ServerUnavailable),
    ],
)
async def test_a_refusal_is_final_or_passing(play: Play, result: bytes, error: type[Exception]) -> None:
    """A wrong password is never tried again, a busy server is; the password stays out of the message."""

    async def script(server: Conversation) -> None:
        await greet(server)
        await server.answer(b"LOGIN", result=result)

    with pytest.raises(error) as refused:
        await ImapSession.open((await play(script)).settings())
    assert "s3cret" not in str(refused.value)


async def test_a_server_that_greets_with_goodbye_is_unavailable(play: Play) -> None:
    """Too many connections are told in place of the greeting."""

    async def script(server: Conversation) -> None:
        await server.say(b"* BYE Too many connections")

    with pytest.raises(ServerUnavailable, match="Too many connections"):
        await ImapSession.open((await play(script)).settings())


@pytest.mark.parametrize("says", [(), (b"220 mail.example.org ESMTP",)])
async def test_what_is_no_imap_server_is_unavailable(play: Play, says: tuple[bytes, ...]) -> None:
    """Silence, or another protocol, ends after the time-out at the latest, and the connection with it."""
    gone = asyncio.Event()

    async def script(server: Conversation) -> None:
        await server.say(*says)
        await server.silence()
        gone.set()

    with pytest.raises(ServerUnavailable):
        await ImapSession.open((await play(script)).settings(timeout_seconds=0.1))
    await asyncio.wait_for(gone.wait(), 20)


async def test_nobody_listening_is_unavailable() -> None:
    """A refused connection can be tried again."""
    server = ImapServer(host="127.0.0.1", port=1, security="none")
    with pytest.raises(ServerUnavailable, match="cannot be reached"):
        await ImapSession.open(server)


async def test_a_password_beyond_ascii_uses_authenticate_plain(play: Play) -> None:
    """LOGIN has seven bits; without SASL-IR the answer waits for the server."""

    async def script(server: Conversation) -> None:
        await greet(server)
        assert await server.expect(b"AUTHENTICATE PLAIN") == b""
        await server.say(b"+ ")
        assert b64decode(await server.line()) == "\0ann\0pässword".encode()
        await server.done()
        await server.answer(b"CAPABILITY", CAPABLE)

    settings = (await play(script)).settings(password=SecretStr("pässword"))
    (await ImapSession.open(settings)).drop()


async def test_a_line_break_in_a_user_name_is_no_second_command(play: Play) -> None:
    """Credentials cannot carry commands."""
    settings = (await play(greet)).settings(username='ann" "x"\r\nA1 CREATE y')
    with pytest.raises(AuthenticationFailed, match="line break"):
        await ImapSession.open(settings)


async def test_no_password_goes_out_where_the_server_forbids_it(play: Play) -> None:
    """LOGINDISABLED means that the connection is not private."""

    async def script(server: Conversation) -> None:
        await greet(server, CAPABLE + b" LOGINDISABLED")

    with pytest.raises(AuthenticationFailed, match="unencrypted"):
        await ImapSession.open((await play(script)).settings())


def said(text: str) -> bytes:
    return b64encode(text.encode())


BEARERS = {
    "XOAUTH2": ("user=ann\1auth=Bearer t0ken\1\1", b""),
    "OAUTHBEARER": ("n,a=ann,\1host=127.0.0.1\1port={}\1auth=Bearer t0ken\1\1", said("\1")),
}


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("mechanism", BEARERS)
async def test_a_refused_token_does_not_hang(play: Play, mechanism: str, *, initial: bool) -> None:
    """Each mechanism wants a word of its own before the server says NO; its reason is told, the token is not."""
    told, dismissal = BEARERS[mechanism]

    async def script(server: Conversation) -> None:
        await greet(server, CAPABLE + f" AUTH={mechanism}".encode() + (b" SASL-IR" if initial else b""))
        heard = await server.expect(b"AUTHENTICATE " + mechanism.encode())
        if not initial:
            await server.say(b"+ ")
            heard = await server.line()
        assert heard == said(told.format(settings.port))
        await server.say(b"+ " + said('{"status": "invalid_token", "scope": "mail"}'))
        assert await server.line() == dismissal
        await server.done(b"NO [AUTHENTICATIONFAILED] Invalid t0ken")

    settings = (await play(script)).settings(timeout_seconds=1)
    with pytest.raises(AuthenticationFailed, match=r"Invalid … \(status: invalid_token, scope: mail\)"):
        await ImapSession.open(settings, token="t0ken")


async def test_the_standard_goes_before_its_draft(play: Play) -> None:
    """Where a server offers both, as Google does, OAUTHBEARER (RFC 7628) is what it gets."""

    async def script(server: Conversation) -> None:
        await greet(server, CAPABLE + b" AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR")
        await server.answer(b"AUTHENTICATE OAUTHBEARER")
        await server.answer(b"CAPABILITY", CAPABLE)

    (await ImapSession.open((await play(script)).settings(), token="t0ken")).drop()


async def test_no_token_goes_to_a_server_that_takes_none(play: Play) -> None:
    """It would only learn what it cannot use."""
    with pytest.raises(AuthenticationFailed, match="offers no OAUTHBEARER or XOAUTH2"):
        await ImapSession.open((await play(greet)).settings(), token="t0ken")


async def test_logs_hold_no_secrets(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    """At the most talkative level, commands are named and their arguments are not."""
    caplog.set_level(logging.DEBUG)

    async def script(server: Conversation) -> None:
        await greet(server, CAPABLE + b" AUTH=XOAUTH2 SASL-IR")
        await server.answer(b"AUTHENTICATE")
        await server.answer(b"CAPABILITY", CAPABLE)

    server = await play(script)
    (await ImapSession.open(server.settings(), token="t0ken")).drop()
    assert "AUTHENTICATE" in caplog.text
    for secret in ("t0ken", b64encode(b"user=ann\1auth=Bearer t0ken\1\1").decode(), "s3cret"):
        assert secret not in caplog.text


@pytest.mark.parametrize("result", [b"BAD unknown command", b"NO not now"])
async def test_a_stripped_starttls_is_refused(play: Play, result: bytes) -> None:
    """Required means required: no password on a connection whose STARTTLS somebody removed."""

    async def script(server: Conversation) -> None:
        await server.say(b"* OK ready")
        await server.answer(b"STARTTLS", result=result)

    with pytest.raises(CertificateRejected, match="no STARTTLS"):
        await ImapSession.open((await play(script)).settings(security="starttls"))


async def test_a_greeting_that_skips_starttls_is_refused(play: Play) -> None:
    """PREAUTH leaves no place for STARTTLS, which is why an attacker would send it."""

    async def script(server: Conversation) -> None:
        await server.say(b"* PREAUTH welcome")

    with pytest.raises(CertificateRejected, match="skips"):
        await ImapSession.open((await play(script)).settings(security="starttls"))


async def test_plain_text_before_the_handshake_is_refused(play: Play) -> None:
    """What an attacker appends to the STARTTLS answer is never read as the server's own words."""

    async def script(server: Conversation) -> None:
        await server.say(b"* OK ready")
        await server.expect(b"STARTTLS")
        await server.write(server.tag + b" OK go ahead\r\n* CAPABI")

    with pytest.raises(CertificateRejected, match="plain text"):
        await ImapSession.open((await play(script)).settings(security="starttls"))


async def test_a_missing_authority_is_a_matter_of_settings() -> None:
    """A ca_file that is not there is said before anybody is called."""
    server = ImapServer(host="127.0.0.1", port=1, ca_file="/nowhere/ca.pem")
    with pytest.raises(NotConfigured, match=r"ca\.pem"):
        await ImapSession.open(server)


async def test_a_cancelled_opening_leaves_no_connection(play: Play) -> None:
    """Whoever gives up while the server is silent closes the socket."""
    asked, gone = asyncio.Event(), asyncio.Event()

    async def script(server: Conversation) -> None:
        await greet(server)
        await server.expect(b"LOGIN")
        asked.set()
        await server.silence()
        gone.set()

    opening = asyncio.create_task(ImapSession.open((await play(script)).settings()))
    await asked.wait()
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await asyncio.wait_for(gone.wait(), 20)
