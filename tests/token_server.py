"""A token server (RFC 6749, RFC 7662): it gives tokens to a client, and tells Dovecot and Exim whose they are."""

import asyncio
import itertools
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dev.lab.ports import HOST
from mail.account import OAuth


@dataclass
class TokenServer:
    """Its tokens are good for one mailbox, for a while."""

    username: str
    lifetime: float = 3600.0
    refusal: Response | None = None  # instead of the next answers
    rotates: bool = False  # each refresh token is good for one time
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    introspected: list[str] = field(default_factory=list[str])
    url: str = ""
    _ends: dict[str, float] = field(default_factory=dict[str, float])
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def oauth(self, **settings: object) -> OAuth:
        """The settings of a client of this server."""
        client = {"token_url": f"{self.url}/token", "client_id": "us", "client_secret": "cl13nt"}
        return OAuth.model_validate(client | settings)

    @property
    def expired(self) -> bool:
        """Whether every token has had its time."""
        return max(self._ends.values(), default=0.0) <= time.monotonic()

    def revoke(self) -> None:
        """No token is good any more."""
        self._ends.clear()

    async def give(self, request: Request) -> Response:
        """Exchange any grant for a token."""
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append(form)
        if self.refusal is not None:
            return self.refusal
        token = f"t0ken-{next(self._numbers)}"
        self._ends[token] = time.monotonic() + self.lifetime
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime}
        if self.rotates:
            answer["refresh_token"] = f"r3fresh-{token}"
        return JSONResponse(answer)

    async def introspect(self, request: Request) -> Response:
        """Whose token this is, if it is good."""
        token = request.query_params["token"]
        self.introspected.append(token)
        if time.monotonic() < self._ends.get(token, 0.0):
            return JSONResponse({"active": True, "username": self.username})
        return JSONResponse({"active": False})


@asynccontextmanager
async def token_server(username: str, *, port: int = 0, lifetime: float = 3600.0) -> AsyncGenerator[TokenServer, None]:
    """Serve tokens for this mailbox on a port of this machine."""
    tokens = TokenServer(username, lifetime)
    routes = [Route("/token", tokens.give, methods=["POST"]), Route("/introspect", tokens.introspect)]
    # Listening before it serves: nobody has to wait for it.
    listening = socket.create_server((HOST, port))
    tokens.url = f"http://{HOST}:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield tokens
    finally:
        serving.cancel()  # asked to end, it would take its time, for every test
        await asyncio.gather(serving, return_exceptions=True)
        for one in server.servers:
            one.close()
        for connection in tuple(server.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # sockets are closed in the loop's next round
