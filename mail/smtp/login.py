"""Logging in (RFC 4954): PLAIN, LOGIN or a token; one mechanism, one attempt."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection

from mail.account import SmtpServer
from mail.bearer import MECHANISMS, bearer, reason_of
from mail.errors import AuthenticationFailed, NotConfigured
from mail.smtp.reply import Reply, login_error

# RFC 4954 §4: the server waits for more.
_CONTINUE = 334

Command = Callable[..., Awaitable[Reply]]


async def log_in(command: Command, server: SmtpServer, token: str | None, offered: Collection[str]) -> None:
    """Enter with the OAuth token, if there is one, else with the password; without a user name there is no log-in."""
    where = f"{server.host}:{server.port}"
    if not server.username:
        if token is not None:
            raise NotConfigured(f"a log-in at {where} with OAuth needs smtp.username")
        return
    reply = await _presented(command, server, token, {name.upper() for name in offered})
    if not reply.positive:
        raise login_error(reply, where, server.password.get_secret_value(), token or "")


async def _presented(command: Command, server: SmtpServer, token: str | None, offered: Collection[str]) -> Reply:
    """Trying all mechanisms with a wrong password would lock the account."""
    username, password = server.username, server.password.get_secret_value()
    if token is not None:
        return await _borne(command, server, token, offered)
    if "PLAIN" in offered:
        return await command(b"AUTH PLAIN", _encoded(f"\0{username}\0{password}"))
    if "LOGIN" in offered:
        return await _answered(command, b"AUTH LOGIN", _encoded(username), _encoded(password))
    raise _no_mechanism(server, ("PLAIN", "LOGIN"), offered)


async def _borne(command: Command, server: SmtpServer, token: str, offered: Collection[str]) -> Reply:
    presented = bearer(server.username, token, server.host, server.port, offered)
    if presented is None:
        raise _no_mechanism(server, MECHANISMS, offered)
    reply = await command(b"AUTH", presented.mechanism.encode(), presented.response.encode())
    if reply.code != _CONTINUE:
        return reply
    refused, told = await command(presented.dismissal.encode()), reason_of(reply.text)
    return Reply(refused.code, f"{refused.text} ({told})" if told else refused.text)


async def _answered(command: Command, *lines: bytes) -> Reply:
    """Say one line after the other for as long as the server wants more."""
    for line in lines[:-1]:
        reply = await command(line)
        if reply.code != _CONTINUE:
            return reply
    return await command(lines[-1])


def _no_mechanism(server: SmtpServer, wanted: Collection[str], offered: Collection[str]) -> AuthenticationFailed:
    found = ", ".join(sorted(offered)) or "nothing"
    return AuthenticationFailed(
        f"{server.host}:{server.port} offers no {' or '.join(wanted)} to log in with, but {found}"
    )


def _encoded(text: str) -> bytes:
    return b64encode(text.encode())
