"""The worker: settings become mail, mail becomes activities, activities serve workflows.

python worker.py            serve the task queue until SIGTERM or SIGINT
                            SIGHUP: read accounts, policy and templates again
python worker.py --check    print the settings as understood, ping every account, and end; --json for programs
python worker.py --schema   print the JSON schema of mail.toml
python worker.py codec-server    decrypt histories for Temporal's UI and CLI
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from rich.console import Console
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.delete import DeleteActivities
from activities.download import DownloadActivities
from activities.find import FindActivities
from activities.forward import ForwardActivities
from activities.late_reply import LateReplyActivities
from activities.move import MoveActivities
from activities.options import watch_queue
from activities.ping import PingActivities
from activities.save import SaveActivities
from activities.search import SearchActivities
from activities.send import SendActivities
from activities.thread_reply import ThreadReplyActivities
from activities.wait import WaitActivities
from activities.watch import WatchActivities
from check import check
from client.connection import connected
from client.errors import TemporalUnavailable
from client.search_attributes import TemporalSearchAttributes
from client.watches import TemporalWatches
from codec_server import serve_codec
from configuration import SettingsError, missing_file
from encryption import Encryption
from mail.accounts import Accounts
from mail.dns import TxtRecords
from mail.metrics import SILENT, Meter
from mail.storage import Storage
from mail.template import Templates
from observation.census import counting
from observation.logs import LoggedWork, begin_log
from observation.metrics import meter_of, runtime_of
from observation.readiness import answering
from observation.settings import Log
from observation.tracing import traced
from plugin import mail_plugin
from reload import Reload, reloading
from settings import Deployment, Settings

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
# Kubernetes' and systemd's word for it, and Ctrl-C.
STOPPING = (signal.SIGTERM, signal.SIGINT)
# Of a table that nobody looks at, but greps.
WIDE = 400
# Where the samples of Temporal's SDKs have theirs.
CODEC_SERVER_PORT = 8081
# What an attempt leaves for the next one must reach the server before the worker can die.
HEARTBEAT_INTERVAL = timedelta(seconds=1)


def accounts_of(settings: Settings, meter: Meter = SILENT) -> Accounts:
    """The configured accounts, ready to be used."""
    return Accounts(
        settings.accounts,
        default=settings.default_account,
        policy=settings.policy,
        templates=Templates(settings.templates),
        dns=TxtRecords(),
        meter=meter,
    )


def workers_of(client: Client, settings: Settings, accounts: Accounts) -> tuple[Worker, Worker]:
    """One worker for everything, one for the watches alone."""
    watches = TemporalWatches(client, settings.task_queue)
    search_attributes = TemporalSearchAttributes(client, wanted=settings.has_search_attributes)
    actions = Worker(
        client,
        task_queue=settings.task_queue,
        activities=_methods(
            PingActivities(accounts),
            SendActivities(accounts, search_attributes),
            ThreadReplyActivities(accounts),
            ForwardActivities(accounts),
            WaitActivities(accounts, watches, search_attributes),
            FindActivities(accounts, search_attributes),
            SearchActivities(accounts),
            MoveActivities(accounts),
            DeleteActivities(accounts),
            DownloadActivities(accounts),
            SaveActivities(accounts, Storage(settings.storage.url)),
            LateReplyActivities(Storage(settings.storage.url)),
        ),
        max_concurrent_activities=ACTIVITIES,
        max_concurrent_workflow_tasks=WORKFLOW_TASKS,
        deployment_config=_versioned(settings.deployment),
        graceful_shutdown_timeout=SHUTDOWN,
        max_heartbeat_throttle_interval=HEARTBEAT_INTERVAL,
    )
    listening = Worker(
        client,
        task_queue=watch_queue(settings.task_queue),
        activities=_methods(WatchActivities(accounts, watches)),
        max_concurrent_activities=WATCHES,
        deployment_config=_versioned(settings.deployment),
        graceful_shutdown_timeout=SHUTDOWN,
        max_heartbeat_throttle_interval=HEARTBEAT_INTERVAL,
    )
    return actions, listening


def _versioned(deployment: Deployment | None) -> WorkerDeploymentConfig | None:
    """How Temporal tells this worker's code from that of the roll-out before and after it."""
    if deployment is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment.name, deployment.build_id),
        use_worker_versioning=True,
        # A wait lives for weeks: pinned, it would keep the workers of its version alive as long.
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


def _methods(*groups: object) -> list[Callable[..., Any]]:
    """The activities of each group of them."""
    return [
        method
        for group in groups
        for name in dir(group)
        if hasattr(method := getattr(group, name), "__temporal_activity_definition")
    ]


async def serve(settings: Settings, stop: asyncio.Event, hangup: asyncio.Event) -> None:
    """Work until told to stop; watches are handed over at once, letters under way are finished.

    Settings are read again whenever `hangup` is set.
    """
    runtime = runtime_of(settings.metrics)
    meter = meter_of(runtime)
    accounts = accounts_of(settings, meter)
    async with AsyncExitStack() as stack:
        tracing = stack.enter_context(traced(settings.tracing))
        stack.push_async_callback(accounts.close)
        plugins, interceptors = [mail_plugin(settings.encryption)], (LoggedWork(), *tracing)
        client = await stack.enter_async_context(connected(plugins=plugins, interceptors=interceptors, runtime=runtime))
        queues = (settings.task_queue, watch_queue(settings.task_queue))
        await stack.enter_async_context(answering(settings.health, client, queues))
        await TemporalSearchAttributes(client, wanted=settings.has_search_attributes).create()
        actions, listening = workers_of(client, settings, accounts)
        watches = TemporalWatches(client, settings.task_queue)
        await stack.enter_async_context(actions)
        stack.push_async_callback(asyncio.sleep, HAND_OVER_SECONDS)
        await stack.enter_async_context(listening)
        if settings.metrics.listen:
            await stack.enter_async_context(counting(watches, meter))
        await stack.enter_async_context(reloading(Reload(settings, accounts, watches.resume), hangup))
        logging.getLogger("worker").info("serving task queue %s", settings.task_queue)
        await stop.wait()


async def _checked(settings: Settings, *, as_json: bool) -> bool:
    accounts = accounts_of(settings)
    # Only a terminal has a width that lines must keep to.
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    try:
        return await check(settings, accounts, console, as_json=as_json)
    finally:
        await accounts.close()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve durable mail to Temporal.")
    parser.add_argument("--check", action="store_true", help="print the settings, ping every account, and end")
    parser.add_argument("--json", action="store_true", help="with --check: print JSON instead of a table")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of mail.toml, and end")
    codec_server = parser.add_subparsers(dest="command").add_parser(
        "codec-server", help="decrypt histories for Temporal's UI and CLI"
    )
    codec_server.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    codec_server.add_argument("--port", type=int, default=CODEC_SERVER_PORT, help="(%(default)s)")
    options = parser.parse_args(arguments)
    if options.json and not options.check:
        parser.error("--json goes with --check")
    return options


def _set_by(*signals: signal.Signals) -> asyncio.Event:
    """An event that these signals set."""
    event = asyncio.Event()
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    return event


async def _run(options: argparse.Namespace) -> int:
    """Do what the options say; raises SettingsError and TemporalUnavailable."""
    if options.schema:
        print(json.dumps(Settings.schema_of_file(), indent=2, ensure_ascii=False))
        return 0
    begin_log(Log.load())
    if options.command:
        await serve_codec(Encryption.load(), options.host, options.port, _set_by(*STOPPING))
        return 0
    settings = Settings.load()
    if options.check:
        return 0 if await _checked(settings, as_json=options.json) else 1
    if warning := missing_file():
        logging.getLogger("worker").warning(warning)
    await serve(settings, _set_by(*STOPPING), _set_by(signal.SIGHUP))
    return 0


async def main(arguments: Sequence[str]) -> int:
    """Serve or check; the exit code is 0 when all went well, 1 when a server is at fault, 2 when the settings are."""
    try:
        return await _run(_options(arguments))
    except TemporalUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
