"""Tokens are fetched rarely, kept for as long as they are good, and nobody else ever sees one."""

import asyncio
import json
import logging
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.responses import JSONResponse, PlainTextResponse, Response

from mail.account import OAuth
from mail.errors import AuthenticationFailed, MailError, ServerUnavailable
from mail.oauth import AccessTokens, log_in
from tests.mail.oauth.conftest import Door
from tests.token_server import TokenServer


async def test_many_who_come_at_once_share_one_token(tokens: TokenServer) -> None:
    """It is fetched for the first of them, and kept."""
    access = AccessTokens(tokens.oauth())
    assert set(await asyncio.gather(*(access() for _ in range(10)))) == {"t0ken-1"}
    assert len(tokens.asked) == 1


@pytest.mark.parametrize(("lifetime", "kept", "renewed"), [(3600.0, 3539, 3541), (5.0, 3.9, 4.1)])
async def test_a_token_is_renewed_before_it_ends(
    tokens: TokenServer, lifetime: float, kept: float, renewed: float
) -> None:
    """A minute before; of a short life, a fifth before."""
    now = 0.0
    tokens.lifetime = lifetime
    access = AccessTokens(tokens.oauth(), clock=lambda: now)
    await access()
    now = kept
    assert await access() == "t0ken-1"
    now = renewed
    assert await access() == "t0ken-2"


async def test_a_kept_token_that_is_refused_is_renewed_once(tokens: TokenServer, door: Door) -> None:
    """An administrator may have revoked it; nobody has to wait for its end."""
    access = AccessTokens(tokens.oauth())
    await access()
    door.refused = {"t0ken-1"}
    assert await log_in(access, door.open) == "inside"
    assert door.shown == ["t0ken-1", "t0ken-2"]
    assert await access() == "t0ken-2"


async def test_a_new_token_that_is_refused_is_the_end(tokens: TokenServer, door: Door) -> None:
    """Another one would be no better; nor is it kept for the next who comes."""
    access = AccessTokens(tokens.oauth())
    door.refused = {"t0ken-1", "t0ken-2"}
    with pytest.raises(AuthenticationFailed, match="not with this token"):
        await log_in(access, door.open)
    assert door.shown == ["t0ken-1"]
    assert await access() == "t0ken-2"
    with pytest.raises(AuthenticationFailed):
        await log_in(access, Door({"t0ken-2", "t0ken-3"}).open)
    assert len(tokens.asked) == 3


async def test_without_tokens_the_door_opens_by_itself(door: Door) -> None:
    """With its password, that is."""
    assert await log_in(None, door.open) == "inside"
    assert door.shown == [None]


@pytest.mark.parametrize(
    ("settings", "form"),
    [
        ({"scope": "mail"}, {"grant_type": "client_credentials", "client_secret": "cl13nt", "scope": "mail"}),
        (
            {"refresh_token": "r3fresh", "client_secret": ""},
            {"grant_type": "refresh_token", "refresh_token": "r3fresh"},
        ),
    ],
)
async def test_a_client_asks_for_itself_or_for_a_user(
    tokens: TokenServer, settings: dict[str, str], form: dict[str, str]
) -> None:
    """With a refresh token for the user who gave it (RFC 6749 §4.4, §6); what is empty is not said."""
    await AccessTokens(tokens.oauth(**settings))()
    assert tokens.asked == [form | {"client_id": "us"}]


async def test_a_replaced_refresh_token_is_used_from_then_on(tokens: TokenServer, door: Door) -> None:
    """The old one may be good no more."""
    tokens.rotates = True
    access = AccessTokens(tokens.oauth(refresh_token="r3fresh"))
    await access()
    door.refused = {"t0ken-1"}
    await log_in(access, door.open)
    assert [form["refresh_token"] for form in tokens.asked] == ["r3fresh", "r3fresh-t0ken-1"]


@pytest.mark.parametrize(("given", "subject"), [("", "soc@example.org"), ("other@example.org", "other@example.org")])
async def test_a_service_account_signs_for_whom_it_asks(
    tokens: TokenServer, key: RSAPrivateKey, key_file: str, given: str, subject: str
) -> None:
    """The assertion is Google's (RFC 7523): issuer, mailbox, scope and audience under an RS256 signature."""
    settings = {"service_account": key_file, "client_id": "", "client_secret": "", "scope": "mail", "subject": given}
    await AccessTokens(tokens.oauth(**settings), "soc@example.org")()
    (form,) = tokens.asked
    assert form.pop("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    signed, _, signature = form.pop("assertion").rpartition(".")
    assert not form
    key.public_key().verify(urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), hashes.SHA256())
    header, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in signed.split("."))
    assert header == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert claims["exp"] - claims["iat"] == 3600
    told = {"iss": "robot@project.test", "sub": subject, "scope": "mail", "aud": f"{tokens.url}/token"}
    assert claims.items() >= told.items()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (JSONResponse({"error": "invalid_client"}, 401), AuthenticationFailed, "invalid_client$"),
        (
            JSONResponse({"error": "invalid_grant", "error_description": "AADSTS7000222:\r\nkeys expired"}, 400),
            AuthenticationFailed,
            "invalid_grant: AADSTS7000222: keys expired",
        ),
        (PlainTextResponse("no", 404), AuthenticationFailed, "status 404"),
        (PlainTextResponse("down", 503), ServerUnavailable, "503"),
        (JSONResponse({"error": "temporarily_unavailable"}, 400), ServerUnavailable, "temporarily_unavailable"),
        (Response(status_code=429, headers={"Retry-After": "30"}), ServerUnavailable, "too many requests"),
    ],
)
async def test_a_refusal_is_final_or_passing(
    tokens: TokenServer, answer: Response, error: type[MailError], words: str
) -> None:
    """In the token server's own words, on one line."""
    tokens.refusal = answer
    with pytest.raises(error, match=words) as caught:
        await AccessTokens(tokens.oauth())()
    assert getattr(caught.value, "retry_after", None) == (30 if answer.status_code == 429 else None)


async def test_a_token_server_that_is_away_is_asked_again_later() -> None:
    """Nobody's credentials are at fault."""
    oauth = OAuth(token_url="http://127.0.0.1:1/token", client_id="us")
    with pytest.raises(ServerUnavailable, match="cannot be reached"):
        await AccessTokens(oauth)()


async def test_no_secret_is_told(tokens: TokenServer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither by settings nor by tokens nor in the most talkative log."""
    caplog.set_level(logging.DEBUG)
    tokens.rotates = True
    oauth = tokens.oauth(refresh_token="r3fresh")
    access = AccessTokens(oauth)
    await access()
    told = f"{oauth!r} {oauth.model_dump_json()} {access!r} {vars(access)!r} {caplog.text}"
    for secret in ("t0ken-", "r3fresh", "cl13nt"):
        assert secret not in told


def test_settings_that_give_no_token_are_refused(key_file: str) -> None:
    """Before anybody is asked, and without a word of the key."""
    url = "https://login.example.org/token"
    with pytest.raises(ValueError, match="client_id is needed"):
        OAuth(token_url=url)
    broken = json.dumps(json.loads(key_file) | {"private_key": "-----BEGIN s3cret-----"})
    for text in ("{}", "no JSON", broken):
        with pytest.raises(ValueError, match="no key of a service account") as refused:
            OAuth.model_validate({"token_url": url, "service_account": text})
        assert "s3cret" not in str(refused.value)
