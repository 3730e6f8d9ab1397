"""Temporal's own UI in a real browser: unreadable without the codec server, readable with it."""

import re
import uuid
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

from client import MailClient
from dev.browser import Browser, browser, browser_missing
from dev.lab.ports import Ports
from dev.temporal import USUAL_PORTS, TemporalServer
from models.send import SendEmailRequest
from plugin import mail_plugin
from tests.codec.process import CodecProcess
from tests.codec.ring import AFTER_ROTATION, TOKEN
from tests.live.desk import eventually
from tests.servers import leave_out
from tests.workflows.crew import crew
from tests.workflows.fakes import Mailbox, Outbox

WORDS = "Have you been in Lisbon?"
LETTER = {
    "case_id": "7",
    "alert_group_identifiers": ["alert-1"],
    "recipients": "alice@example.org",
    "subject": "Nightly sign-in",
    "content": WORDS,
}
# What the UI keeps of its settings dialogue "Data Encoder".
ASK_IT = {"includeCredentials": True, "overrideRemoteCodecConfiguration": True}
SET_UP = "for (const [name, value] of Object.entries(arguments[0])) localStorage.setItem(name, JSON.stringify(value))"

GIVE = "document.querySelector('input').value = arguments[0]; document.querySelector('form').submit()"
LAST_EVENT = "Workflow Execution Completed"


@pytest.fixture
async def chromium() -> AsyncGenerator[Browser, None]:
    """A browser that knows nobody."""
    if reason := browser_missing():
        leave_out(reason)
    async with browser() as window:
        yield window


@pytest.fixture
def server() -> Iterator[TemporalServer]:
    """Temporal with its UI."""
    ports = Ports(tuple(USUAL_PORTS))
    with TemporalServer(ports) as running:
        yield running
    ports.close()


@pytest.fixture
async def page(server: TemporalServer) -> str:
    """The page of an encrypted letter that was sent."""
    client = await Client.connect(server.address, plugins=[mail_plugin(AFTER_ROTATION)])
    async with crew(client, "browser", Mailbox(), Outbox()):
        mail = MailClient(client, "browser")
        sending = await mail.send_email.start(SendEmailRequest.model_validate(LETTER), workflow_id=str(uuid.uuid4()))
        await sending.result()
    description = await client.get_workflow_handle(sending.id).describe()
    return server.history_page(sending.id, description.run_id)


async def test_the_ui_shows_it_to_who_has_the_token(
    chromium: Browser, server: TemporalServer, page: str, tmp_path: Path
) -> None:
    """Without codec server, with it but unknown to it, and after the token was given."""
    with CodecProcess(tmp_path, server.ui) as codec:
        await chromium.go(page)
        unreadable(await chromium.text_with(LAST_EVENT))
        await chromium.run(SET_UP, {"endpoint": codec.endpoint, **ASK_IT})
        await chromium.go(page)
        await eventually(lambda: "/decode without a valid token" in codec.log.read_text())
        unreadable(await chromium.text_with(LAST_EVENT))
        await chromium.go(codec.endpoint)
        await chromium.run(GIVE, TOKEN)
        await chromium.text_with("This browser may read.")
        await chromium.go(page)
        shown = await chromium.text_with(WORDS)
    assert all(words in shown for words in ("Nightly sign-in", "alice@example.org", LAST_EVENT))


def unreadable(shown: str) -> None:
    """Nothing of the letter is there, but what it was made into is."""
    assert re.search(r"[A-Za-z0-9+/]{300}", shown)
    assert not [words for words in (WORDS, "Nightly", "alice@example.org") if words in shown]
