"""Access tokens for servers that take no passwords (RFC 6749)."""

import asyncio
import time
from typing import Any

import httpx

from mail.account import OAuth
from mail.errors import AuthenticationFailed, ServerUnavailable

# A token must outlive the log-in that it is fetched for, whatever the clocks say.
RENEW_EARLY_SECONDS = 60.0
# RFC 6749 §5.1 recommends to say how long a token lives; who does not gets a new one soon.
UNTOLD_LIFETIME_SECONDS = 300
PATIENCE_SECONDS = 20.0


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
        lifetime = float(answer.get("expires_in") or UNTOLD_LIFETIME_SECONDS)
        self._renew_at = time.monotonic() + max(0.0, lifetime - RENEW_EARLY_SECONDS)

    async def _ask(self) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
                response = await client.post(self._oauth.token_url, data=self._grant())
        except httpx.HTTPError as error:
            raise ServerUnavailable(f"the token server cannot be reached: {type(error).__name__}") from None
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ServerUnavailable(f"the token server answers {response.status_code}")
        return _token_answer(response)

    def _grant(self) -> dict[str, str]:
        oauth = self._oauth
        refresh = oauth.refresh_token.get_secret_value()
        grant = {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else _CLIENT_CREDENTIALS
        client = {"client_id": oauth.client_id, "client_secret": oauth.client_secret.get_secret_value()}
        return {name: value for name, value in {**grant, **client, "scope": oauth.scope}.items() if value}


_CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


def _token_answer(response: httpx.Response) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = response.json()
    except ValueError:
        answer = {}
    if not response.is_success or "access_token" not in answer:
        reason = answer.get("error_description") or answer.get("error") or f"status {response.status_code}"
        raise AuthenticationFailed(f"the token server gives us no token: {reason}")
    return answer
