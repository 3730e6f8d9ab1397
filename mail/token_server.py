"""Asking a token server (RFC 6749 §5), and what its answers mean."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from mail.errors import AuthenticationFailed, ServerUnavailable
from models.json import is_object

PATIENCE_SECONDS = 20.0
# RFC 6749 §5.1 recommends to say how long a token lives; who does not gets a new one soon.
UNTOLD_LIFETIME_SECONDS = 300.0
# Some servers explain themselves at length.
_LONGEST_REASON = 500
_TOO_MANY_REQUESTS = 429  # RFC 6585 §4
# RFC 6749 §4.1.2.1 has this for the authorisation page; token servers say it too.
_PASSING_ERRORS = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
# What a server says against these may repeat them.
_SECRET_FIELDS = ("client_secret", "refresh_token", "assertion")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token server gives: access for a while, and perhaps another refresh token to come back with."""

    access: str = field(repr=False)
    lifetime: float
    refresh: str = field(default="", repr=False)


async def ask(url: str, form: Mapping[str, str]) -> Tokens:
    """Exchange a grant for tokens; AuthenticationFailed with the server's reason when there are none for us."""
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            response = await client.post(url, data=dict(form), headers={"Accept": "application/json"})
    except httpx.HTTPError as error:
        raise ServerUnavailable(f"the token server cannot be reached: {type(error).__name__}") from None
    answer = _json_object(response)
    access = answer.get("access_token")
    if response.is_success and isinstance(access, str) and access:
        return Tokens(access, _lifetime(answer), _text(answer, "refresh_token"))
    raise _refusal(response, answer, [form[name] for name in _SECRET_FIELDS if name in form])


def _refusal(
    response: httpx.Response, answer: Mapping[str, Any], secrets: Collection[str]
) -> AuthenticationFailed | ServerUnavailable:
    error = _text(answer, "error")
    if response.is_server_error or error in _PASSING_ERRORS:
        return ServerUnavailable(f"the token server answers {response.status_code} {error}".rstrip())
    if response.status_code == _TOO_MANY_REQUESTS:
        return ServerUnavailable("the token server answers 429: too many requests", retry_after=_retry_after(response))
    reason = ": ".join(filter(None, (error, _text(answer, "error_description")))) or f"status {response.status_code}"
    return AuthenticationFailed(f"the token server gives us no token: {_without(secrets, reason)}")


def _without(secrets: Collection[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "…")
    return " ".join(text.split())[:_LONGEST_REASON]


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return {}
    return answer if is_object(answer) else {}


def _lifetime(answer: Mapping[str, Any]) -> float:
    try:
        return float(answer.get("expires_in") or UNTOLD_LIFETIME_SECONDS)
    except (TypeError, ValueError):
        return UNTOLD_LIFETIME_SECONDS


def _retry_after(response: httpx.Response) -> float:
    """RFC 9110 §10.2.3, in seconds; the date it may also be is not worth a parser: 0 = it does not say."""
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() and told.isascii() and len(told) < 6 else 0.0  # noqa: PLR2004
