"""What the codec server answers, and to whom."""

import asyncio
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from google.protobuf.json_format import MessageToJson, Parse
from temporalio.api.common.v1 import Payload, Payloads

from codec import EncryptionCodec, is_encrypted
from codec_server import COOKIE, LARGEST_BODY, SESSION_SECONDS, codec_application
from configuration import SettingsError
from dev.lab.ports import Ports
from encryption import Encryption
from tests.codec.process import CodecProcess, command, settings
from tests.codec.ring import BEFORE_ROTATION, KEYS, ORIGIN, SERVED, TOKEN, encryption

BEARER = {"Authorization": f"Bearer {TOKEN}"}
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Was it you?"')
BODY = MessageToJson(Payloads(payloads=[PLAIN]))
BASE = "https://codec.example.org"


@pytest.fixture
async def browser() -> AsyncGenerator[httpx.AsyncClient, None]:
    """Somebody who has shown no token yet."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(codec_application(SERVED)), base_url=BASE) as client:
        yield client


def read(answer: httpx.Response) -> list[Payload]:
    """The payloads of an answer."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return list(Parse(answer.content, Payloads()).payloads)


async def test_what_is_encoded_is_decoded(browser: httpx.AsyncClient) -> None:
    """As the CLI asks, whichever key it was."""
    headers = {**BEARER, "X-Namespace": "default", "Content-Type": "application/json"}
    (stored,) = read(await browser.post("/encode", content=BODY, headers=headers))
    assert is_encrypted(stored)
    old = await EncryptionCodec(BEFORE_ROTATION).encode([PLAIN])
    asked = MessageToJson(Payloads(payloads=[stored, PLAIN, *old]))
    assert read(await browser.post("/decode", content=asked, headers=headers)) == [PLAIN] * 3


async def test_what_cannot_be_opened_spoils_nothing_else(browser: httpx.AsyncClient) -> None:
    """It comes back as it was, with the reason beside it."""
    foreign = Payload(metadata={"encoding": b"binary/encrypted", "encryption-key-id": b"lost"}, data=b"?")
    answer = await browser.post("/decode", content=MessageToJson(Payloads(payloads=[foreign, PLAIN])), headers=BEARER)
    first, second = read(answer)
    assert (first.data, second) == (foreign.data, PLAIN)
    assert b"'lost' is not among encryption.keys" in first.metadata["encryption-reason"]


@pytest.mark.parametrize("path", ["/encode", "/decode"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Bearer {TOKEN}é".encode()},
        {"Cookie": f"{COOKIE}={TOKEN}"},
        {"Cookie": f"{COOKIE}=99999999999.{'0' * 64}"},
        {"Cookie": f"{COOKIE}="},
    ],
    ids=str,
)
async def test_nobody_else_is_answered(browser: httpx.AsyncClient, path: str, headers: dict[str, str]) -> None:
    """No token, half of one, one in the wrong place, a session that nobody has begun."""
    answer = await browser.post(path, content=BODY, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.text


async def test_a_browser_shows_the_token_once(browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """After that its cookie does, until the evening."""
    assert (await browser.post("/", data={"token": "wrong"})).status_code == 403
    assert not browser.cookies
    begun = await browser.post("/", data={"token": TOKEN})
    assert (begun.status_code, begun.headers["location"]) == (303, "/")
    cookie = begun.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict", f"Max-Age={SESSION_SECONDS}"))
    assert TOKEN not in cookie
    assert read(await browser.post("/decode", content=BODY)) == [PLAIN]
    assert "may read" in (await browser.get("/")).text
    kept = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}  # whatever a browser should do
    browser.cookies.clear()
    assert read(await browser.post("/decode", content=BODY, headers=kept)) == [PLAIN]
    tomorrow = time.time() + SESSION_SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    assert (await browser.post("/decode", content=BODY, headers=kept)).status_code == 401


@pytest.mark.parametrize(("origin", "admitted"), [(ORIGIN, True), ("https://evil.example", False), ("null", False)])
async def test_browsers_are_told_which_pages_may_ask(browser: httpx.AsyncClient, origin: str, admitted: bool) -> None:
    """The preflight and the answer itself."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace"}
    preflight = await browser.options("/decode", headers={"Origin": origin, **asks})
    answer = await browser.post("/decode", content=BODY, headers={**BEARER, "Origin": origin})
    for told in (preflight, answer):
        assert told.headers.get("access-control-allow-origin") == (origin if admitted else None)
    assert (preflight.status_code == 200) is admitted


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 400),
        (b'{"payloads": 5}', 400),
        (b"\xff\xfe", 400),
        (b'{"payloads":[' + b"[" * 5000, 400),
        (b'{"payloads": [], "more": 1}', 200),
        (b" " * (LARGEST_BODY + 1), 413),
    ],
    ids=lambda given: repr(given[:30]) if isinstance(given, bytes) else str(given),
)
async def test_bad_bodies_are_refused(browser: httpx.AsyncClient, body: bytes, code: int) -> None:
    """Neither what is no JSON of payloads nor what is too long."""
    assert (await browser.post("/decode", content=body, headers=BEARER)).status_code == code


@pytest.mark.parametrize(
    "given", [Encryption(), encryption(), Encryption.model_validate({"codec_server_token": TOKEN})]
)
def test_it_does_not_start_without_key_and_token(given: Encryption) -> None:
    """Nobody shall run it open by mistake."""
    with pytest.raises(SettingsError, match="codec server needs it"):
        codec_application(given)


async def test_the_program_ends_when_told(tmp_path: Path) -> None:
    """SIGTERM is a good end; bad settings are a bad one."""
    ports = Ports(("HTTP",))
    told = command("--port", str(ports["HTTP"]))
    refused = await asyncio.create_subprocess_exec(*told, cwd=tmp_path, env={}, stderr=PIPE)
    _, said = await refused.communicate()
    assert (refused.returncode, b"encryption.keys is missing" in said) == (2, True)
    (tmp_path / "mail.toml").write_text(settings())
    running = await asyncio.create_subprocess_exec(*told, cwd=tmp_path, env={}, stderr=PIPE)
    assert running.stderr
    while b"codec server on" not in (line := await running.stderr.readline()):
        assert line
    running.terminate()
    await running.communicate()
    ports.close()
    assert running.returncode == 0


async def test_the_log_tells_who_read_and_no_secret(codec_server: CodecProcess) -> None:
    """What was read, from which namespace; neither token nor content."""
    async with httpx.AsyncClient(base_url=codec_server.endpoint) as client:
        headers = {**BEARER, "X-Namespace": "investigations"}
        read(await client.post("/decode", content=BODY, headers=headers))
        await client.post("/decode", content=BODY, headers={"Authorization": "Bearer wrong-one"})
        await client.post("/", data={"token": "wrong-two"})
    log = codec_server.log.read_text()
    assert "/decode 1 of namespace 'investigations' for 127.0.0.1" in log
    assert "/decode without a valid token from 127.0.0.1" in log
    assert not [word for word in (TOKEN, "wrong-one", "wrong-two", "Was it you", *KEYS.values()) if word in log]
