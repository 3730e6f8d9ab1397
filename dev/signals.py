"""Programs that end in order when they are told to."""

import asyncio
import signal
from collections.abc import Coroutine


def run(program: Coroutine[None, None, int], *, interrupted: int) -> int:
    """Run a program to its exit code; SIGINT or SIGTERM cancel it and give the code `interrupted`."""
    return asyncio.run(_run(program, interrupted))


async def _run(program: Coroutine[None, None, int], interrupted: int) -> int:
    task = asyncio.ensure_future(program)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return interrupted
    finally:
        await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)
