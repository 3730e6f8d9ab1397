"""python -m dev: all parts on this machine until Ctrl-C; workflows and mail are there the next time."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from client import DuplicateAction, MailClient
from client.display import say
from dev.demo.question import DOMAIN, PEOPLE
from dev.guide import CASE, Guide
from dev.home import HOME, alone
from dev.mail_server import EmbeddedMail
from dev.parts import ASKER, running, usual_ports
from dev.signals import run
from dev.temporal import USUAL_PORTS, TemporalServer
from models.send import SendEmailRequest, SendEmailResult

# dave is whoever sits at the terminal.
USERS = (ASKER, *(person.name for person in PEOPLE), "dave")

# Numbers that end as the protocols' own do, and that a plain user may open.
MAIL_PORTS = {"SMTP": 1025, "IMAP": 1143}

FIRST_LETTER = SendEmailRequest.model_validate(
    {
        **CASE,
        "recipients": [f"alice@{DOMAIN}"],
        "subject": "Is your laptop with you?",
        "content": "It was seen in two countries within an hour.",
        "return_message_id_for_the_sent_email": True,
    }
)


async def dev(home: Path, console: Console) -> int:
    """Run all parts until cancelled."""
    temporal = TemporalServer(usual_ports(USUAL_PORTS), home / "temporal.db")
    mail = EmbeddedMail(
        {name: name for name in USERS}, domain=DOMAIN, ports=usual_ports(MAIL_PORTS), state=home / "mail"
    )
    async with running(temporal, mail, PEOPLE, home) as client:
        letter = await _first_letter(MailClient(client))
        _introduce(temporal, mail, console)
        for purpose, command in Guide(temporal, DOMAIN).commands(letter):
            say(console, f"\n{purpose}:\n  {command}")
        say(console, f"\nEverything runs until Ctrl-C, and is kept in {home}.")
        await asyncio.Event().wait()
    return 0


async def _first_letter(client: MailClient) -> SendEmailResult:
    """A letter that has been sent, on this start or an earlier one."""
    name = "first-letter"
    try:
        return await client.send_email(FIRST_LETTER, workflow_id=name)
    except DuplicateAction:
        return await client.send_email.get(name).result()


def _introduce(temporal: TemporalServer, mail: EmbeddedMail, console: Console) -> None:
    for name, port in ({**USUAL_PORTS, **MAIL_PORTS}).items():
        actual = {**temporal.ports, **mail.ports}[name]
        if actual != port:
            say(console, f"Port {port} is taken: {name} is on {actual}.")
    places = Table("Part", "Where", title="Running", title_justify="left")
    places.add_row("Temporal's UI", temporal.ui)
    places.add_row("Temporal, gRPC", temporal.address)
    places.add_row("Temporal, HTTP", temporal.http)
    places.add_row("SMTP, no TLS", f"{mail.host}:{mail.ports['SMTP']}")
    places.add_row("IMAP, no TLS", f"{mail.host}:{mail.ports['IMAP']}")
    people = Table("User", "Password", "Who", title="Mail accounts", title_justify="left")
    roles = {ASKER: "asks", "dave": "you"}
    for name in USERS:
        people.add_row(f"{name}@{mail.domain}", name, roles.get(name, "answers"))
    console.print(places, people)


def main(arguments: Sequence[str]) -> int:
    """Run at this terminal."""
    parser = argparse.ArgumentParser(prog="python -m dev", description="Run all parts on this machine until Ctrl-C.")
    parser.add_argument("--home", type=Path, default=HOME, help="the folder that keeps workflows and mail")
    home: Path = parser.parse_args(arguments).home
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        with alone(home):
            return run(dev(home, Console()), interrupted=0)
    except BlockingIOError:
        print(f"{home} is in use: `make dev` is running already.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
