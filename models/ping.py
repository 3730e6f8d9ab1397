"""Ping."""

from typing import Literal

from models.request import Message, Request, Result


class PingRequest(Request):
    """Log in to the account's servers and say what was found."""


class ServerPing(Message):
    """One server's answer."""

    ok: bool
    latency_ms: float | None = None  # connect, TLS and login together
    server: str = ""
    tls: str | None = None  # the protocol version, null on a plain connection
    capabilities: tuple[str, ...] = ()
    error: str | None = None


class PingResult(Result):
    """Both servers' answers; null where none is configured."""

    status: Literal["ok", "failed"]
    smtp: ServerPing | None = None
    imap: ServerPing | None = None
