"""Access tokens for servers that take no passwords (RFC 6749): fetched when needed, kept while they live."""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import SecretStr

from mail.account import OAuth
from mail.cool_down import Clock
from mail.errors import AuthenticationFailed
from mail.grant import grant
from mail.token_server import ask

# A token must outlive the log-in that it is fetched for, whatever the clocks say; of a short life, this part is enough.
RENEW_EARLY_SECONDS = 60.0
RENEW_EARLY_PART = 0.2

T_co = TypeVar("T_co", covariant=True)


class Opener(Protocol[T_co]):
    """Opens a connection and logs in, with a token where one is given."""

    def __call__(self, *, token: str | None) -> Awaitable[T_co]: ...


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    renew_at: float


class AccessTokens:
    """The token of one mailbox: fetched once by many, renewed before it ends and when it is refused."""

    def __init__(self, oauth: OAuth, mailbox: str = "", *, clock: Clock = time.monotonic) -> None:
        self._oauth = oauth
        self._mailbox = mailbox
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: _Token | None = None
        self._refresh_token = oauth.refresh_token

    async def __call__(self) -> str:
        """A token that is good now; AuthenticationFailed when there is none for us."""
        return (await self._current())[0].text

    async def log_in(self, opener: Opener[T_co]) -> T_co:
        """Open with a token; one that was kept and is refused is renewed once, a new one that is refused is the end."""
        token, was_kept = await self._current()
        try:
            return await opener(token=token.text)
        except AuthenticationFailed:
            self._forget(token)
            if not was_kept:
                raise
        token, _ = await self._current()
        try:
            return await opener(token=token.text)
        except AuthenticationFailed:
            self._forget(token)
            raise

    async def _current(self) -> tuple[_Token, bool]:
        """The token, and whether it was there before."""
        async with self._lock:
            if self._token is not None and self._clock() < self._token.renew_at:
                return self._token, True
            self._token = await self._fetch()
            return self._token, False

    async def _fetch(self) -> _Token:
        form = grant(self._oauth, self._mailbox, self._refresh_token)
        given = await ask(self._oauth.token_url, form)
        if given.refresh:  # RFC 6749 §6: the old one may be good no more
            self._refresh_token = SecretStr(given.refresh)
        early = min(RENEW_EARLY_SECONDS, given.lifetime * RENEW_EARLY_PART)
        return _Token(given.access, self._clock() + given.lifetime - early)

    def _forget(self, token: _Token) -> None:
        """It was refused; another that has taken its place meanwhile was not."""
        if self._token is token:
            self._token = None


async def log_in(tokens: AccessTokens | None, opener: Opener[T_co]) -> T_co:
    """Open with a token where the account has any, else with its password."""
    return await (tokens.log_in(opener) if tokens else opener(token=None))
