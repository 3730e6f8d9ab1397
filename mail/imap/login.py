"""Logging in: LOGIN, AUTHENTICATE PLAIN or with a token, and what a refusal means (RFC 3501 §6.2, RFC 4616)."""

import re
from base64 import b64encode

from mail.account import ImapServer
from mail.bearer import MECHANISMS, bearer, reason_of
from mail.errors import AuthenticationFailed, InvalidContent, MailError, ServerUnavailable
from mail.imap.protocol import Protocol
from mail.imap.quoting import quoted
from mail.imap.response import capabilities_of
from mail.imap.wire import Reply, human_text

# Servers that give no code say so in words; Gmail: "Too many simultaneous connections. (Failure)".
_PASSING_WORDS = re.compile(r"too many|try again later|temporar|unavailable|connection limit|throttl", re.IGNORECASE)
_FINAL_CODES = frozenset({"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED"})


async def log_in(protocol: Protocol, server: ImapServer, token: str | None) -> frozenset[str]:
    """Enter with the OAuth token, if there is one, else with the password; the capabilities from then on."""
    offered = await capabilities(protocol)
    if (await protocol.greeting).upper().startswith("PREAUTH"):
        return offered
    reply = await _present(protocol, server, token, offered)
    if not reply.ok:
        raise refusal(reply, server.host, server.password.get_secret_value(), token or "")
    return await capabilities(protocol)


async def capabilities(protocol: Protocol) -> frozenset[str]:
    """What the server can do, in upper case."""
    return capabilities_of(await protocol.run(b"CAPABILITY"))


async def _present(protocol: Protocol, server: ImapServer, token: str | None, offered: frozenset[str]) -> Reply:
    password = server.password.get_secret_value()
    if token is not None:
        return await _bear(protocol, server, token, offered)
    if not (server.username + password).isascii():
        # RFC 3501 §9: the strings of LOGIN have 7 bits.
        plain = b64encode(f"\0{server.username}\0{password}".encode())
        return await _authenticate(protocol, b"PLAIN", plain, offered)
    if "LOGINDISABLED" in offered:
        raise AuthenticationFailed(f"{server.host} takes no password on an unencrypted connection.")
    return await protocol.run(_login(server.username, password))


def _login(username: str, password: str) -> bytes:
    try:
        return b"LOGIN %b %b" % (quoted(username), quoted(password))
    except InvalidContent as error:
        raise AuthenticationFailed("The user name or password holds a line break or NUL.") from error


async def _bear(protocol: Protocol, server: ImapServer, token: str, offered: frozenset[str]) -> Reply:
    mechanisms = {one.removeprefix("AUTH=") for one in offered}
    presented = bearer(server.username, token, server.host, server.port, mechanisms)
    if presented is None:
        raise AuthenticationFailed(f"{server.host} offers no {' or '.join(MECHANISMS)}: it takes no tokens.")
    mechanism, response, dismissal = (
        word.encode() for word in (presented.mechanism, presented.response, presented.dismissal)
    )
    return await _authenticate(protocol, mechanism, response, offered, dismissal)


async def _authenticate(
    protocol: Protocol, mechanism: bytes, response: bytes, offered: frozenset[str], *more: bytes
) -> Reply:
    if "SASL-IR" in offered:  # RFC 4959 saves a round trip
        return await protocol.run(b"AUTHENTICATE %b %b" % (mechanism, response), *more)
    return await protocol.run(b"AUTHENTICATE " + mechanism, response, *more)


def refusal(reply: Reply, host: str, *secrets: str) -> MailError:
    """What a refused log-in means: come back later, or do not come back."""
    said = f"{human_text(reply.text)} ({told})" if (told := reason_of(reply.challenge)) else human_text(reply.text)
    for secret in filter(None, secrets):
        said = said.replace(secret, "…")  # some servers quote the command they refuse
    passing = reply.not_now or _PASSING_WORDS.search(said)
    if passing and reply.code not in _FINAL_CODES:
        return ServerUnavailable(f"{host} lets nobody in now: {said}", retry_after=reply.pause_at_login)
    return AuthenticationFailed(f"{host} refuses the log-in: {said}")
