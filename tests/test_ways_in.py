"""Every action started three ways, by client, CLI and HTTP, gives the same result."""

import base64
import json
import re
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel
from temporalio.client import Client

from client import MailClient
from dev.demo.question import DOMAIN, PEOPLE
from dev.lab.ports import Ports
from dev.mail_server import EmbeddedMail
from dev.pages.action import Action, actions
from dev.parts import ASKER, running
from dev.temporal import USUAL_PORTS, TemporalServer
from models.json import is_object
from tests.test_readme import run

Arguments = dict[str, Any]
Way = Callable[[TemporalServer, Client, Action, Arguments], Coroutine[Any, Any, Any]]

QUESTION = "<6b9f3c1e6a5d4a0c@lab.test>"
REPORTS = ("<report-1@lab.test>", "<report-2@lab.test>")
_READING = ("Ping", "SearchEmail", "DownloadEmailAttachments", "SaveEmailAttachmentsToCase", "WaitForEmailFromUser")
_CHANGING = ("MoveEmailToFolder", "DeleteEmail")
# What differs from run to run: Message-IDs, moments, how long a ping took, a new server's UIDVALIDITY.
_PASSING = re.compile(
    r"<[0-9a-f]{32}@|<[0-9.]+@lab\.test>|\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9.]+ ms|at \d\d:\d\d|"
    r'"(?:latency_ms|uid_validity)": [0-9.]+'
)


async def by_client(_: TemporalServer, client: Client, action: Action, arguments: Arguments) -> Any:
    """As a SOAR does."""
    result: BaseModel = await getattr(MailClient(client), action.method)(action.request.model_validate(arguments))
    return result.model_dump(mode="json", by_alias=True)


async def by_cli(temporal: TemporalServer, _: Client, action: Action, arguments: Arguments) -> Any:
    """As a person at a shell does."""
    command = ("temporal", "workflow", "execute", "--task-queue", "mail", "--output", "json")
    printed = await run(temporal, *command, "--type", action.name, "--input", json.dumps(arguments))
    return json.loads(printed)["result"]


async def by_http(temporal: TemporalServer, _: Client, action: Action, arguments: Arguments) -> Any:
    """As anything does that can only speak HTTP."""
    workflow = f"{temporal.http}/workflows/{action.dashed}"
    start = {"workflowType": {"name": action.name}, "taskQueue": {"name": "mail"}, "input": [arguments]}
    close = {"waitNewEvent": "true", "historyEventFilterType": "HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT"}
    async with httpx.AsyncClient(timeout=60) as http:
        (await http.post(workflow, json=start)).raise_for_status()
        while not (events := (await http.get(f"{workflow}/history", params=close)).json()["history"].get("events")):
            pass  # a long poll may come back empty
    completed = events[0]["workflowExecutionCompletedEventAttributes"]["result"]
    return _payload(completed)


def _payload(result: Any) -> Any:
    """A result in the API's shorthand, or as the payloads it stands for."""
    if not is_object(result):
        return result[0]
    return json.loads(base64.b64decode(result["payloads"][0]["data"]))


@asynccontextmanager
async def desk(files: Path) -> AsyncGenerator[tuple[TemporalServer, Client], None]:
    """All the parts, and the messages that the examples speak of."""
    with closing(Ports(tuple(USUAL_PORTS))) as ports:
        temporal = TemporalServer(ports)
        mail = EmbeddedMail({name: name for name in (ASKER, *(one.name for one in PEOPLE))}, domain=DOMAIN)
        async with running(temporal, mail, PEOPLE, files) as client:
            for message_id, references in ((QUESTION, ""), *((one, "") for one in REPORTS), ("<answer@x>", QUESTION)):
                await mail.deliver(ASKER, _message(message_id, references))
            yield temporal, client


def _message(message_id: str, references: str) -> bytes:
    message = EmailMessage()
    message["Message-ID"], message["Subject"] = message_id, "The invoice"
    message["From"], message["To"] = "Alice <alice@lab.test>", "soc@lab.test, bob@lab.test"
    message["Date"] = datetime(2026, 11, 22, 10, 14, tzinfo=UTC)
    if references:
        message["In-Reply-To"] = message["References"] = references
    message.set_content("Here it is.\n")
    message.add_attachment(b"%PDF-1.7 invoice", maintype="application", subtype="pdf", filename="invoice.pdf")
    return message.as_bytes()


def arguments(action: Action, files: Path) -> Arguments:
    """The example, at today's date and with a folder that exists."""
    changes = {
        "WaitForEmailFromUser": {"email_date": datetime.now(UTC).isoformat()},
        "DownloadEmailAttachments": {"download_path": str(files / "downloads" / "case-4711")},
    }
    return {**json.loads(action.example), **changes.get(action.name, {})}


async def _results(way: Way, files: Path) -> Mapping[str, Any]:
    async with desk(files) as (temporal, client):
        return {one.name: await way(temporal, client, one, arguments(one, files)) for one in harmless_first()}


def harmless_first() -> list[Action]:
    """Reading before what brings answers, and both before what moves and deletes."""
    order = {**dict.fromkeys(_READING, 0), **dict.fromkeys(_CHANGING, 2)}
    return sorted(actions(), key=lambda one: order.get(one.name, 1))


def _lasting(results: Mapping[str, Any], files: Path) -> dict[str, Any]:
    """The results without what differs from run to run."""
    # Temporal's shorthand, which CLI and HTTP answer in, writes an empty list as null.
    text = json.dumps(results, sort_keys=True).replace(str(files), "").replace(": []", ": null")
    lasting: dict[str, Any] = json.loads(
        _PASSING.sub(lambda found: '"passing": 0' if found[0].startswith('"') else "…", text)
    )
    return lasting


async def test_the_three_ways_give_the_same_results(tmp_path: Path) -> None:
    """Whoever starts an action, it is the same action."""
    outcomes: list[dict[str, Any]] = []
    for way in (by_client, by_cli, by_http):
        files = tmp_path / way.__name__
        outcomes.append(_lasting(await _results(way, files), files))
    by_soar, *others = outcomes
    for action, result in by_soar.items():
        for other in others:
            assert json.dumps(other[action], indent=1) == json.dumps(result, indent=1), action
