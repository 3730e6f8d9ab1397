"""Waits at a terminal: ask people, list who is awaited, follow, extend, stop, record an answer, remind.

Tables for people, `--json` for programs. The exit code is 0 where the command did what it says, 1 where it did not,
2 where it was not understood.
"""

import argparse
import asyncio
import getpass
import json
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from temporalio.client import WorkflowQueryFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from activities.failure import refused_request
from client.action import StartedWait
from client.display import followed, say, tables
from client.errors import ClientError
from client.mail import MailClient
from configuration import SettingsError
from models.send_and_wait import SendEmailAndWaitRequest
from models.wait import WaitResult

# A person sees an answer within a second; a wait may last for weeks.
REFRESH_SECONDS = 1.0
# One that cannot tell within this time has no worker.
PATIENCE_SECONDS = 15.0
# As many as fit on a few screens; Temporal's UI has pages.
MOST_LISTED = 200
_JSON = "print JSON instead of tables"
# What shells give to a program that Ctrl-C has ended: 128 and the number of SIGINT.
INTERRUPTED = 130

Wait: TypeAlias = StartedWait[WaitResult]
Command: TypeAlias = Callable[["Terminal", argparse.Namespace], Awaitable[None]]
AddParser: TypeAlias = Callable[..., argparse.ArgumentParser]


class Unanswered(ClientError):
    """No worker serves the wait."""


class Terminal:
    """What the commands do, and how they say it."""

    def __init__(self, mail: MailClient, console: Console, *, as_json: bool) -> None:
        self._mail = mail
        self._console = console
        self._as_json = as_json

    async def ask(self, options: argparse.Namespace) -> None:
        """Send a letter and wait for the answers, or say how to find the wait again."""
        request = _question(options)
        # Whoever types the same again means it; a playbook that runs twice does not.
        name = options.id or f"ask/{uuid.uuid4()}"
        wait = await self._mail.send_email_and_wait.start(request, workflow_id=name)
        if options.detach:
            self._print({"id": wait.id}, f"Asked. Follow it: python -m client follow {wait.id}")
            return
        self._say(
            f"Asked {', '.join(str(one) for one in request.recipients)}. The wait is {wait.id}; Ctrl-C leaves it."
        )
        await self._follow(await self._mail.waits.get(wait.id))

    async def list(self, options: argparse.Namespace) -> None:
        """The open waits, the newest first."""
        found = await self._mail.waits.open(options.limit)
        known = await asyncio.gather(*map(_progress, found))
        if self._as_json:
            self._print_json([{"id": one.id, "progress": _plain(it)} for one, it in zip(found, known, strict=True)])
            return
        table = Table("Wait", "Case", "Answered", "Pending", "Deadline (UTC)", title="Open waits", title_justify="left")
        for one, it in zip(found, known, strict=True):
            table.add_row(one.id, *_row(it))
        self._console.print(table if found else "Nobody is awaited.")

    async def show(self, options: argparse.Namespace) -> None:
        """What one wait knows."""
        async with _answered():
            self._show(await self._mail.waits.known(options.id))

    async def follow(self, options: argparse.Namespace) -> None:
        """Stay with a wait until it ends."""
        await self._follow(await self._mail.waits.get(options.id))

    async def extend(self, options: argparse.Namespace) -> None:
        """Wait longer."""
        async with _answered():
            self._show(await (await self._mail.waits.get(options.id)).extend_deadline(options.minutes))

    async def record(self, options: argparse.Namespace) -> None:
        """Count an answer that came another way."""
        wait = await self._mail.waits.get(options.id)
        async with _answered():
            self._show(await wait.record_reply(options.recipient, options.content, by=options.by))

    async def remind(self, options: argparse.Namespace) -> None:
        """Write to those who have not answered."""
        async with _answered():
            self._show(await (await self._mail.waits.get(options.id)).remind(options.content))

    async def stop(self, options: argparse.Namespace) -> None:
        """End a wait with what is known."""
        wait = await self._mail.waits.get(options.id)
        await wait.stop_waiting(options.reason)
        async with _answered():
            self._show(await wait.result())

    async def _follow(self, wait: Wait) -> None:
        if self._as_json:
            self._show(await wait.result())
            return
        self._show(await followed(wait, self._console, refresh_seconds=REFRESH_SECONDS))

    def _show(self, known: WaitResult) -> None:
        if self._as_json:
            self._print_json(_plain(known))
            return
        self._console.print(tables(known))
        say(self._console, f"{known.message} Deadline: {_minute(known.deadline)} UTC.")

    def _say(self, sentence: str) -> None:
        if not self._as_json:
            say(self._console, sentence)

    def _print(self, plain: Any, sentence: str) -> None:
        if self._as_json:
            self._print_json(plain)
        else:
            say(self._console, sentence)

    def _print_json(self, plain: Any) -> None:
        say(self._console, json.dumps(plain, ensure_ascii=False, indent=2))


@asynccontextmanager
async def _answered() -> AsyncGenerator[None, None]:
    """What a worker has to answer, soon: Temporal itself would wait for one without an end."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):  # the SDK turns our giving up into its own error
        raise Unanswered("no worker answers: what was asked for is done when one runs") from None


async def _progress(wait: Wait) -> WaitResult | None:
    """What a wait knows; None where nobody can tell."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await wait.progress()
    except (TimeoutError, RPCError, WorkflowQueryFailedError, ClientError):
        return None


def _plain(known: WaitResult | None) -> Any:
    return known and known.model_dump(mode="json", by_alias=True)


def _row(known: WaitResult | None) -> tuple[str, ...]:
    if known is None:
        return "", "no worker can tell", "", ""
    pending = (one.recipient for one in known.responses if one.state == "pending")
    answered = sum(one.state == "replied" for one in known.responses)
    return known.case_id, f"{answered} of {len(known.responses)}", ", ".join(pending), _minute(known.deadline)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _question(options: argparse.Namespace) -> SendEmailAndWaitRequest:
    return SendEmailAndWaitRequest.model_validate(
        {
            "case_id": options.case,
            "alert_group_identifiers": [],
            "account": options.account,
            "recipients": options.recipients,
            "subject": options.subject,
            "content": sys.stdin.read() if options.content == "-" else options.content,
            "wait_stage_timeout_minutes": options.minutes,
            "wait_for_all_recipients_to_reply": not options.first,
            "folder_to_check_for_reply": options.folder,
        }
    )


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    words = argparse.ArgumentParser(
        prog="python -m client",
        description="Ask people by mail and look after the waits. Temporal is found as its CLI is.",
    )
    words.add_argument("--json", action="store_true", help=_JSON)
    words.add_argument("--task-queue", default=os.environ.get("MAIL_TASK_QUEUE", "mail"), help="(%(default)s)")
    add = words.add_subparsers(required=True, metavar="command").add_parser

    ask = _command(add, "ask", Terminal.ask)
    ask.add_argument("recipients", help="one address or several: a@x.org, b@x.org")
    ask.add_argument("subject")
    ask.add_argument("content", help="what the letter says; - reads standard input")
    ask.add_argument("--minutes", default="1440", help="how long to wait (%(default)s)")
    ask.add_argument("--first", action="store_true", help="the first answer is enough")
    ask.add_argument("--case", default="terminal", help="the case it belongs to (%(default)s)")
    ask.add_argument("--account", default="", help="whose letter it is; default: the configured default")
    ask.add_argument("--folder", default="INBOX", help="where answers arrive (%(default)s)")
    ask.add_argument("--id", default="", help="name the wait yourself")
    ask.add_argument("--detach", action="store_true", help="do not stay with it")

    listing = _command(add, "list", Terminal.list)
    listing.add_argument("--limit", type=_positive, default=MOST_LISTED, help="how many at most (%(default)s)")

    _of_one(add, "show", Terminal.show)
    _of_one(add, "follow", Terminal.follow)
    _of_one(add, "extend", Terminal.extend).add_argument("minutes", type=int)
    record = _of_one(add, "record", Terminal.record)
    record.add_argument("recipient")
    record.add_argument("content", help="what they said")
    record.add_argument("--by", default=getpass.getuser(), help="who says so (%(default)s)")
    _of_one(add, "remind", Terminal.remind).add_argument("content", nargs="?", default="", help="in these words")
    _of_one(add, "stop", Terminal.stop).add_argument("reason", nargs="?", default="", help="for the result's message")
    return words


def _positive(written: str) -> int:
    number = int(written)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return number


def _command(add: AddParser, name: str, run: Command) -> argparse.ArgumentParser:
    sentence = (run.__doc__ or "").partition(".")[0]
    command = add(name, help=sentence[0].lower() + sentence[1:], description=f"{sentence}.")
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_JSON)
    return command


def _of_one(add: AddParser, name: str, run: Command) -> argparse.ArgumentParser:
    command = _command(add, name, run)
    command.add_argument("id", help="the wait, as `list` shows it")
    return command


async def run(options: argparse.Namespace, console: Console) -> None:
    """Do what was typed; raises ClientError, ValidationError and SettingsError."""
    async with MailClient.connect(options.task_queue) as mail:
        await options.run(Terminal(mail, console, as_json=options.json), options)


def main(arguments: Sequence[str]) -> int:
    """Run one command at this terminal."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(run(options, Console()))
    except KeyboardInterrupt:
        return INTERRUPTED
    except ValidationError as error:
        print(refused_request(error).message, file=sys.stderr)
        return 2
    except (ClientError, SettingsError, RPCError, WorkflowQueryFailedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
