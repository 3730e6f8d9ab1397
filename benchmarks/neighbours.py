"""What an account notices of four others on its worker whose servers hang: the time its letters take.

python -m benchmarks.neighbours
"""

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import WorkflowHandle

from benchmarks.bench import AT_ONCE, NAME, Bench
from client import MailClient
from dev.lab import lab_missing
from mail.account import Account, SmtpServer
from models.send import SendEmailRequest

HOST = "127.0.0.1"
HANGING = tuple(f"hanging{number}" for number in range(4))
# For each of them: more than twice as many as may wait for a connection.
LETTERS = 75
SAMPLES = 50
WARM_UP = 10
# Until most of those letters hold no place any more.
PAUSE_SECONDS = 0.5
# Longer than the benchmark: nobody is let go by running out of patience.
HANGING_SECONDS = 300.0


async def main() -> int:
    """Print the figures; 2 where the servers are missing."""
    if reason := lab_missing():
        print(reason, file=sys.stderr)
        return 2
    # Each of the many that are sent away would be told with its whole stack.
    logging.getLogger("temporalio.activity").setLevel(logging.ERROR)
    async with _silent_server() as port:
        server = SmtpServer(host=HOST, port=port, security="none", timeout_seconds=HANGING_SECONDS)
        others = {name: Account(address=f"{name}@lab.test", smtp=server) for name in HANGING}
        async with Bench.running(**others) as bench:
            await _send(bench, WARM_UP)
            alone = await _send(bench, SAMPLES)
            stuck = await _hang(bench)
            beside = await _send(bench, SAMPLES)
            held = sum(await asyncio.gather(*map(_places, stuck)))
            for one in stuck:
                await one.terminate()
            _print(alone, beside, held)
    await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)
    return 0


@asynccontextmanager
async def _silent_server() -> AsyncGenerator[int, None]:
    """A server that accepts connections and says nothing, until the benchmark is over."""
    over = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        over.set()


async def _hang(bench: Bench) -> list[WorkflowHandle[object, object]]:
    """Letters for all the hanging accounts, once most of them have been sent away."""
    mail = MailClient(bench.temporal, NAME)
    ids = [f"{name}-{number}" for number in range(LETTERS) for name in HANGING]
    for some in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)):
        await asyncio.gather(*(mail.send_email.start(_letter(one.partition("-")[0]), workflow_id=one) for one in some))
    stuck = [bench.temporal.get_workflow_handle(one) for one in ids]
    while sum(await asyncio.gather(*map(_places, stuck))) > len(stuck) / 2:  # noqa: ASYNC110 a query tells no news
        await asyncio.sleep(PAUSE_SECONDS)
    return stuck


async def _send(bench: Bench, count: int) -> list[float]:
    """The seconds from start to result of letters that go out one after the other."""
    mail, took = MailClient(bench.temporal, NAME), list[float]()
    for _ in range(count):
        began = time.perf_counter()
        await mail.send_email(_letter(NAME), workflow_id=f"letter-{time.time_ns()}")
        took.append(time.perf_counter() - began)
    return took


def _letter(account: str) -> SendEmailRequest:
    about = {"case_id": NAME, "alert_group_identifiers": [NAME], "account": account}
    return SendEmailRequest.model_validate(
        about | {"recipients": "alice@lab.test", "subject": "Question", "content": "Is it you?"}
    )


async def _places(letter: WorkflowHandle[object, object]) -> int:
    """How many of the worker's places a letter holds."""
    described = (await letter.describe()).raw_description
    started = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    return sum(one.state == started for one in described.pending_activities)


def _print(alone: Sequence[float], beside: Sequence[float], held: int) -> None:
    print(f"{SAMPLES} letters, start to result; {len(HANGING)} x {LETTERS} others hang and hold {held} places")
    print(f"  {'':28}{'median':>10}{'90 %':>10}")
    for name, took in (("alone", alone), ("beside those that hang", beside)):
        print(f"  {name:28}{statistics.median(took) * 1000:7.0f} ms{_most(took) * 1000:7.0f} ms")
    median, most = statistics.median(beside) / statistics.median(alone), _most(beside) / _most(alone)
    print(f"  {'ratio':28}{median:10.2f}{most:10.2f}")


def _most(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=10)[-1]


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
