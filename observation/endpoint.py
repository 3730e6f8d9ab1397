"""A small HTTP server inside the worker, in the worker's own loop."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from configuration import SettingsError
from observation.settings import address_of


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the worker, which still has letters to finish."""
        yield


@asynccontextmanager
async def serving(application: Starlette, endpoint: str, setting: str) -> AsyncGenerator[str, None]:
    """Serve while the block runs, at the address that is given; raises SettingsError where that cannot be had."""
    listener = _listener(endpoint, setting)
    config = uvicorn.Config(
        application, log_config=None, log_level="warning", access_log=False, server_header=False, lifespan="off"
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener]))
    host, port, *_ = listener.getsockname()
    try:
        yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    finally:
        server.should_exit = True
        await task


def _listener(endpoint: str, setting: str) -> socket.socket:
    address = address_of(endpoint)
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        return socket.create_server(address, family=family)
    except OSError as error:
        raise SettingsError(f"{setting} {endpoint}: {error.strerror}") from error
