"""What lets Temporal's UI and CLI show encrypted histories to those who have the token.

POST /encode, POST /decode   payloads as JSON (protojson), as Temporal's UI and CLI send them
GET /                        where a person gives the token: a browser's UI has no other way to carry one
"""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qs

import uvicorn
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from codec import EncryptionCodec
from configuration import SettingsError
from encryption import Encryption

# Temporal's answers end at 4 MiB; base64 makes a third more of it.
LARGEST_BODY = 8 * 1024 * 1024
LARGEST_FORM = 4096
COOKIE = "codec-session"
# A working day: in the evening a forgotten browser reads nothing any more.
SESSION_SECONDS = 12 * 60 * 60
# A namespace's name may have 255 characters.
LONGEST_NAME = 255
# The token is never in an address: those end up in logs and histories.
LOGIN_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Encrypted histories</title>
<form method="post"><p>{said}</p>
<label>Token <input type="password" name="token" autocomplete="off" autofocus></label> <button>Open</button></form>
</html>
"""
NO_FRAMES = {"Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'"}

Work = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]

log = logging.getLogger(__name__)


async def serve_codec(encryption: Encryption, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until told to stop; raises SettingsError where a setting is missing."""
    application = codec_application(encryption)
    # No access log: our own says who read what. Proxies' headers are not asked for anything.
    config = uvicorn.Config(
        application, host=host, port=port, log_config=None, access_log=False, server_header=False, proxy_headers=False
    )
    log.info("codec server on http://%s:%s for %s", host, port, ", ".join(encryption.ui_origins) or "the CLI alone")
    server = uvicorn.Server(config)
    ending = asyncio.create_task(_end(server, stop))
    await server.serve()
    ending.cancel()


async def _end(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


def codec_application(encryption: Encryption) -> Starlette:
    """The server as an ASGI application."""
    for setting in ("keys", "codec_server_token"):
        if not getattr(encryption, setting):
            raise SettingsError(f"encryption.{setting} is missing: the codec server needs it")
    desk = CodecDesk(encryption)
    return Starlette(
        routes=[
            Route("/", desk.login_page),
            Route("/", desk.login, methods=["POST"]),
            Route("/encode", desk.encode, methods=["POST"]),
            Route("/decode", desk.decode, methods=["POST"]),
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=encryption.ui_origins,
                allow_methods=["POST"],
                allow_headers=["Authorization", "Content-Type", "X-Namespace"],
                allow_credentials=True,
            )
        ],
    )


class Sessions:
    """Who has shown the token: in a header, or before, in this browser."""

    def __init__(self, token: str) -> None:
        self._token = token

    def knows(self, token: str) -> bool:
        """Whether this is the token; how long it takes to say so tells nothing."""
        return hmac.compare_digest(token.encode(), self._token.encode())

    def admits(self, request: Request) -> bool:
        """Whether the request comes with the token or a session that it began."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return (scheme.lower() == "bearer" and self.knows(token.strip())) or self._is_open(
            request.cookies.get(COOKIE, "")
        )

    def begin(self) -> str:
        """A session: when it ends, signed."""
        return self._signed(str(int(time.time()) + SESSION_SECONDS))

    def _is_open(self, session: str) -> bool:
        end, _, _ = session.partition(".")
        known = hmac.compare_digest(session.encode(), self._signed(end).encode())
        return known and int(end) > time.time()

    def _signed(self, end: str) -> str:
        return f"{end}.{hmac.new(self._token.encode(), end.encode(), hashlib.sha256).hexdigest()}"


class CodecDesk:
    """Answers requests of those whom it knows."""

    def __init__(self, encryption: Encryption) -> None:
        self._sessions = Sessions(encryption.codec_server_token.get_secret_value())
        self._codec = EncryptionCodec(encryption)

    async def encode(self, request: Request) -> Response:
        """Encrypt what somebody types into the UI."""
        return await self._answer(request, self._codec.encode)

    async def decode(self, request: Request) -> Response:
        """Decrypt what somebody looks at."""
        return await self._answer(request, self._codec.decode)

    async def login_page(self, request: Request) -> Response:
        """Ask for the token."""
        admitted = self._sessions.admits(request)
        said = "This browser may read." if admitted else "Encrypted histories are shown to who has the token."
        return HTMLResponse(LOGIN_PAGE.format(said=said), headers=NO_FRAMES)

    async def login(self, request: Request) -> Response:
        """Begin a session."""
        form = parse_qs((await _body(request, LARGEST_FORM)).decode(errors="replace"))
        if not self._sessions.knows("".join(form.get("token", []))):
            log.warning("a wrong token from %s", _sender(request))
            return HTMLResponse(LOGIN_PAGE.format(said="This is not the token."), 403, NO_FRAMES)
        response = RedirectResponse("/", 303)
        # Strict: other sites cannot have it sent. Browsers take localhost without TLS for secure.
        response.set_cookie(
            COOKIE, self._sessions.begin(), max_age=SESSION_SECONDS, secure=True, httponly=True, samesite="strict"
        )
        return response

    async def _answer(self, request: Request, work: Work) -> Response:
        if not self._sessions.admits(request):
            log.warning("%s without a valid token from %s", request.url.path, _sender(request))
            raise HTTPException(401, "a valid token is needed", {"WWW-Authenticate": "Bearer"})
        payloads = _parsed(await _body(request))
        done = Payloads(payloads=await work(payloads.payloads))
        namespace = request.headers.get("x-namespace", "")[:LONGEST_NAME]
        log.info("%s %d of namespace %r for %s", request.url.path, len(done.payloads), namespace, _sender(request))
        return Response(MessageToJson(done, indent=None), media_type="application/json")


async def _body(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The body, if it is not too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise HTTPException(413, f"at most {largest} bytes")
    return bytes(body)


def _parsed(body: bytes) -> Payloads:
    try:
        return Parse(body, Payloads(), ignore_unknown_fields=True)
    except (ParseError, UnicodeDecodeError):
        raise HTTPException(400, "this is no JSON of payloads") from None


def _sender(request: Request) -> str:
    return request.client.host if request.client else "unknown"
