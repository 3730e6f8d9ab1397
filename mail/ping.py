"""Enter a server anew and say what it is; a failure is an answer."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from mail.account import ImapServer, SmtpServer
from mail.errors import MailError
from mail.imap.session import ImapSession
from mail.oauth import AccessTokens, log_in
from mail.smtp.session import SmtpSession
from models.ping import ServerPing


async def ping_smtp(server: SmtpServer, tokens: AccessTokens | None = None) -> ServerPing:
    """Connect, secure, log in."""

    async def enter() -> ServerPing:
        session = await log_in(tokens, partial(SmtpSession.open, server))
        await session.close()
        greeting = session.greeting
        return ServerPing(
            ok=True, server=greeting.server, tls=greeting.tls or None, capabilities=tuple(sorted(greeting.capabilities))
        )

    return await _timed(enter)


async def ping_imap(server: ImapServer, tokens: AccessTokens | None = None) -> ServerPing:
    """Connect, secure, log in."""

    async def enter() -> ServerPing:
        session = await log_in(tokens, partial(ImapSession.open, server))
        await session.close()
        return ServerPing(
            ok=True, server=session.server_name, tls=session.tls, capabilities=tuple(sorted(session.capabilities))
        )

    return await _timed(enter)


async def _timed(enter: Callable[[], Awaitable[ServerPing]]) -> ServerPing:
    began = time.monotonic()
    try:
        answer = await enter()
    except MailError as error:
        return ServerPing(ok=False, error=f"{error.type}: {error.message}")
    return answer.model_copy(update={"latency_ms": round((time.monotonic() - began) * 1000, 1)})
