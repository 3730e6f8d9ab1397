"""Access tokens for servers that take no passwords (RFC 6749)."""

import asyncio
import time
from typing import Any

import httpx

from mail.account import OAuth
from mail.errors import AuthenticationFailed, ServerUnavailable
from models.json import is_object

# A token must outlive the log-in that it is fetched for, whatever the clocks say.
RENEW_EARLY_SECONDS = 60.0
# RFC 6749 §5.1 recommends to say how long a token lives; who does not gets a new one soon.
UNTOLD_LIFETIME_SECONDS = 300
PATIENCE_SECONDS = 20.0
# Some servers explain themselves at length.
_LONGEST_REASON = 500


class AccessTokens:
    """The token of one account: fetched when it is needed, kept while it lives, fetched once by many."""

    def __init__(self, oauth: OAuth) -> None:
        self._oauth = oauth
        self._lock = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    async def __call__(self) -> str:
        """A token that is good now; AuthenticationFailed when there is none for us."""
        async with self._lock:
            if not self._token or time.monotonic() >= self._renew_at:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        answer = await self._ask()
        self._token = str(answer["access_token"])
        self._renew_at = time.monotonic() + max(0.0, _lifetime(answer) - RENEW_EARLY_SECONDS)

    async def _ask(self) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
                response = await client.post(self._oauth.token_url, data=self._grant())
        except httpx.HTTPError as error:
            raise ServerUnavailable(f"the token server cannot be reached: {type(error).__name__}") from None
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ServerUnavailable(f"the token server answers {response.status_code}")
        answer = _json_object(response)
        if response.is_success and isinstance(answer.get("access_token"), str):
            return answer
        reason = answer.get("error_description") or answer.get("error") or f"status {response.status_code}"
        raise AuthenticationFailed(f"the token server gives us no token: {self._without_secrets(str(reason))}")

    def _grant(self) -> dict[str, str]:
        oauth = self._oauth
        refresh = oauth.refresh_token.get_secret_value()
        grant = {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else _CLIENT_CREDENTIALS
        client = {"client_id": oauth.client_id, "client_secret": oauth.client_secret.get_secret_value()}
        return {name: value for name, value in {**grant, **client, "scope": oauth.scope}.items() if value}

    def _without_secrets(self, text: str) -> str:
        """What a server says about a secret may repeat it."""
        for secret in (self._oauth.client_secret, self._oauth.refresh_token):
            if plain := secret.get_secret_value():
                text = text.replace(plain, "…")
        return text[:_LONGEST_REASON]


_CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if is_object(answer) else {}


def _lifetime(answer: dict[str, Any]) -> float:
    try:
        return float(answer.get("expires_in") or UNTOLD_LIFETIME_SECONDS)
    except (TypeError, ValueError):
        return UNTOLD_LIFETIME_SECONDS
