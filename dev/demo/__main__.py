"""python -m dev.demo [--keep]: the exit code is 0 only if everyone's answer came back as it was given."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.console import Console
from temporalio.client import Client

from client import MailClient, StartedWait
from client.display import followed, say, tables
from dev.demo.question import ANSWERS, DOMAIN, PEOPLE, REQUEST, shortcomings
from dev.lab.ports import Ports
from dev.mail_server import EmbeddedMail
from dev.parts import ASKER, running
from dev.people import Person
from dev.signals import run
from dev.temporal import USUAL_PORTS, TemporalServer
from models.send_and_wait import SendEmailAndWaitResult

# A person sees every step; the server is asked five times a second.
REFRESH_SECONDS = 0.2

# Three answers take five seconds, on a machine under load a multiple.
LONGEST_SECONDS = 60

# What shells give to a program that Ctrl-C has ended: 128 and the number of SIGINT.
INTERRUPTED = 130

Wait = StartedWait[SendEmailAndWaitResult]


async def demo(console: Console, people: Sequence[Person] = PEOPLE, *, keep: bool = False) -> int:
    """Ask, wait, show; 0 if the result is the right one."""
    ports = Ports(tuple(USUAL_PORTS))
    temporal = TemporalServer(ports)
    mail = EmbeddedMail({name: name for name in (ASKER, *ANSWERS)}, domain=DOMAIN)
    try:
        async with running(temporal, mail, people) as client:
            wait = await MailClient(client).send_email_and_wait.start(REQUEST)
            link = temporal.history_page(wait.id, await _run_id(client, wait))
            code = await _ask(wait, link, console)
            if keep:
                await _stay(link, console)
    finally:
        ports.close()
    return code


async def _ask(wait: Wait, link: str, console: Console) -> int:
    say(console, f"Asked {', '.join(str(one) for one in REQUEST.recipients)}: {REQUEST.subject}")
    say(console, f"The workflow, while this runs: {link}")
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            result = await followed(wait, console, refresh_seconds=REFRESH_SECONDS)
    except TimeoutError:
        say(console, f"No result within {LONGEST_SECONDS} seconds.")
        return 1
    return _judged(result, console)


def _judged(result: SendEmailAndWaitResult, console: Console) -> int:
    console.print(tables(result))
    say(console, result.message)
    problems = list(shortcomings(result))
    for problem in problems:
        say(console, problem)
    return 1 if problems else 0


async def _stay(link: str, console: Console) -> None:
    say(console, f"Everything goes on running until Ctrl-C: {link}")
    await asyncio.Event().wait()


async def _run_id(client: Client, wait: Wait) -> str:
    description = await client.get_workflow_handle(wait.id).describe()
    return description.run_id


def main(arguments: Sequence[str]) -> int:
    """Run the demo at this terminal."""
    parser = argparse.ArgumentParser(prog="python -m dev.demo", description="Ask three people and show their answers.")
    parser.add_argument("--keep", action="store_true", help="keep everything running afterwards, to look around in it")
    options = parser.parse_args(arguments)
    return run(demo(Console(), keep=options.keep), interrupted=INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
