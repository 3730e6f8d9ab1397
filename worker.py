"""The worker: settings become mail, mail becomes activities, activities serve workflows.

python worker.py            serve the task queue until SIGTERM or SIGINT
python worker.py --check    print the settings as understood, ping every account, and end
python worker.py codec-server    decrypt histories for Temporal's UI and CLI
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker

from activities.delete import DeleteActivities
from activities.download import DownloadActivities
from activities.find import FindActivities
from activities.forward import ForwardActivities
from activities.move import MoveActivities
from activities.options import watch_queue
from activities.ping import PingActivities
from activities.save import SaveActivities
from activities.search import SearchActivities
from activities.send import SendActivities
from activities.thread_reply import ThreadReplyActivities
from activities.wait import WaitActivities
from activities.watch import WatchActivities
from client.watches import TemporalWatches
from codec_server import serve_codec
from configuration import SettingsError
from encryption import Encryption
from mail.accounts import Accounts
from mail.dns import txt_records
from mail.storage import Storage
from mail.template import Templates
from models.ping import ServerPing
from plugin import mail_plugin
from settings import Settings

# Watches sleep; what they cost is a connection each.
WATCHES = 1000
# They wait for mail servers, most of the time. An account takes at most 67 (mail/pool.py): four of them may hang.
ACTIVITIES = 300
# The sandbox takes 15 ms of the loop for each new workflow. Those that queue here lose of their ten seconds; at the
# server they lose nothing.
WORKFLOW_TASKS = 20
# A letter that is being handed over should arrive; Kubernetes kills after thirty seconds.
SHUTDOWN = timedelta(seconds=20)
# When the watches have ended, their workflows start them elsewhere: a task that a stopping worker has begun and then
# drops is missed for ten seconds.
HAND_OVER_SECONDS = 0.5
# Where the samples of Temporal's SDKs have theirs.
CODEC_SERVER_PORT = 8081
# What an attempt leaves for the next one must reach the server before the worker can die.
HEARTBEAT_INTERVAL = timedelta(seconds=1)


class TemporalUnavailable(Exception):
    """The worker cannot begin: whoever started it may start it again."""


async def connect(encryption: Encryption) -> Client:
    """A client of the Temporal that environment or profile name, as its own CLI is configured."""
    config = ClientConfig.load_client_connect_config()
    try:
        return await Client.connect(**config, plugins=[mail_plugin(encryption)])
    except RuntimeError as error:  # the SDK's name for every way in which a connection can fail
        address = config.get("target_host", "localhost:7233")
        raise TemporalUnavailable(f"Temporal at {address} cannot be reached: {error}") from error


def accounts_of(settings: Settings) -> Accounts:
    """The configured accounts, ready to be used."""
    return Accounts(
        settings.accounts,
        default=settings.default_account,
        policy=settings.policy,
        templates=Templates(settings.templates),
        dns=txt_records,
    )


def workers_of(client: Client, settings: Settings, accounts: Accounts) -> tuple[Worker, Worker]:
    """One worker for everything, one for the watches alone."""
    watches = TemporalWatches(client, settings.task_queue)
    actions = Worker(
        client,
        task_queue=settings.task_queue,
        activities=_methods(
            PingActivities(accounts),
            SendActivities(accounts),
            ThreadReplyActivities(accounts),
            ForwardActivities(accounts),
            WaitActivities(accounts, watches),
            FindActivities(accounts),
            SearchActivities(accounts),
            MoveActivities(accounts),
            DeleteActivities(accounts),
            DownloadActivities(accounts),
            SaveActivities(accounts, Storage(settings.storage.url)),
        ),
        max_concurrent_activities=ACTIVITIES,
        max_concurrent_workflow_tasks=WORKFLOW_TASKS,
        graceful_shutdown_timeout=SHUTDOWN,
        max_heartbeat_throttle_interval=HEARTBEAT_INTERVAL,
    )
    listening = Worker(
        client,
        task_queue=watch_queue(settings.task_queue),
        activities=_methods(WatchActivities(accounts, watches)),
        max_concurrent_activities=WATCHES,
        graceful_shutdown_timeout=SHUTDOWN,
        max_heartbeat_throttle_interval=HEARTBEAT_INTERVAL,
    )
    return actions, listening


def _methods(*groups: object) -> list[Callable[..., Any]]:
    """The activities of each group of them."""
    return [
        method
        for group in groups
        for name in dir(group)
        if hasattr(method := getattr(group, name), "__temporal_activity_definition")
    ]


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Work until told to stop; watches are handed over at once, letters under way are finished."""
    accounts = accounts_of(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(accounts.close)
        actions, listening = workers_of(await connect(settings.encryption), settings, accounts)
        await stack.enter_async_context(actions)
        stack.push_async_callback(asyncio.sleep, HAND_OVER_SECONDS)
        await stack.enter_async_context(listening)
        logging.getLogger(__name__).info("serving task queue %s", settings.task_queue)
        await stop.wait()


async def check(settings: Settings) -> bool:
    """Print the settings without their secrets and ping every account; whether all is well."""
    print(settings.model_dump_json(indent=2, exclude_defaults=False))
    accounts = accounts_of(settings)
    try:
        answers = [await _check_account(accounts, name) for name in accounts.names]
    finally:
        await accounts.close()
    return all(answers)


async def _check_account(accounts: Accounts, name: str) -> bool:
    account = accounts.open(name)
    answers = {"smtp": await account.ping_smtp(), "imap": await account.ping_imap()}
    for protocol, answer in answers.items():
        print(f"{name:20} {protocol}  {_verdict(answer)}")
    return all(answer is None or answer.ok for answer in answers.values())


def _verdict(answer: ServerPing | None) -> str:
    if answer is None:
        return "not configured"
    return f"ok, {answer.latency_ms} ms, {answer.tls or 'no TLS'}, {answer.server}" if answer.ok else f"{answer.error}"


async def main(arguments: Sequence[str]) -> int:
    """Serve or check; the exit code says whether it went well."""
    parser = argparse.ArgumentParser(description="Serve durable mail to Temporal.")
    parser.add_argument("--check", action="store_true", help="print the settings, ping every account, and end")
    codec_server = parser.add_subparsers(dest="command").add_parser(
        "codec-server", help="decrypt histories for Temporal's UI and CLI"
    )
    codec_server.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    codec_server.add_argument("--port", type=int, default=CODEC_SERVER_PORT, help="(%(default)s)")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        if options.command:
            await serve_codec(Encryption.load(), options.host, options.port, stop)
            return 0
        settings = Settings.load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if options.check:
        return 0 if await check(settings) else 1
    try:
        await serve(settings, stop)
    except TemporalUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
