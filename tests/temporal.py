"""The Temporal servers of the tests: binaries that came with the virtual environment."""

import asyncio
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from encryption import Encryption
from plugin import mail_plugin

IN_THE_CLEAR = Encryption()


def binary(name: str) -> str:
    """Where a program of the virtual environment lies, whether or not it is activated."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found, f"{name} is missing"
    return found


@asynccontextmanager
async def time_skipping() -> AsyncGenerator[WorkflowEnvironment, None]:
    """A server that skips the time in which nothing happens."""
    server = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=binary("temporal-test-server"), plugins=[mail_plugin()]
    )
    async with server as env:
        yield env
    await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)


@asynccontextmanager
async def dev_server(
    *dynamic_config: str, encryption: Encryption = IN_THE_CLEAR
) -> AsyncGenerator[WorkflowEnvironment, None]:
    """The real server, in memory; with `limit.x=5` and the like it is a stricter one."""
    arguments = [word for setting in dynamic_config for word in ("--dynamic-config-value", setting)]
    # One of its parameters is a bare generic.
    server = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType]
        dev_server_existing_path=binary("temporal"),
        dev_server_log_level="error",
        dev_server_extra_args=arguments,
        plugins=[mail_plugin(encryption)],
    )
    async with server as env:
        yield env
    await asyncio.sleep(0.01)  # see above
