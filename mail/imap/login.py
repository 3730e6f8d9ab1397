"""Logging in: LOGIN, AUTHENTICATE PLAIN or XOAUTH2, and what a refusal means (RFC 3501 §6.2, RFC 4616)."""

import re
from base64 import b64encode

from mail.account import ImapServer
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
        bearer = f"user={server.username}\1auth=Bearer {token}\1\1"
        # A refused token is answered by a challenge that wants an empty line before the NO comes.
        return await _authenticate(protocol, b"XOAUTH2", bearer, offered, b"")
    if not (server.username + password).isascii():
        # RFC 3501 §9: the strings of LOGIN have 7 bits.
        return await _authenticate(protocol, b"PLAIN", f"\0{server.username}\0{password}", offered)
    if "LOGINDISABLED" in offered:
        raise AuthenticationFailed(f"{server.host} takes no password on an unencrypted connection.")
    return await protocol.run(_login(server.username, password))


def _login(username: str, password: str) -> bytes:
    try:
        return b"LOGIN %b %b" % (quoted(username), quoted(password))
    except InvalidContent as error:
        raise AuthenticationFailed("The user name or password holds a line break or NUL.") from error


async def _authenticate(
    protocol: Protocol, mechanism: bytes, answer: str, offered: frozenset[str], *more: bytes
) -> Reply:
    encoded = b64encode(answer.encode())
    if "SASL-IR" in offered:  # RFC 4959 saves a round trip
        return await protocol.run(b"AUTHENTICATE %b %b" % (mechanism, encoded), *more)
    return await protocol.run(b"AUTHENTICATE " + mechanism, encoded, *more)


def refusal(reply: Reply, host: str, *secrets: str) -> MailError:
    """What a refused log-in means: come back later, or do not come back."""
    said = human_text(reply.text)
    for secret in filter(None, secrets):
        said = said.replace(secret, "…")  # some servers quote the command they refuse
    passing = reply.not_now or _PASSING_WORDS.search(said)
    if passing and reply.code not in _FINAL_CODES:
        return ServerUnavailable(f"{host} lets nobody in now: {said}", retry_after=reply.pause_at_login)
    return AuthenticationFailed(f"{host} refuses the log-in: {said}")
