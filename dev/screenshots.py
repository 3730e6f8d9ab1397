"""python -m dev.screenshots: the pictures of docs/images, taken anew in Temporal's own UI. Needs Chromium."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from client import MailClient
from client.action import StartedWait
from dev.browser import browser, browser_missing
from dev.demo.question import ANSWERS, DOMAIN, PEOPLE, REQUEST
from dev.lab.ports import Ports
from dev.mail_server import EmbeddedMail
from dev.parts import ASKER, running
from dev.temporal import NAMESPACE, USUAL_PORTS, TemporalServer
from models.send import SendEmailRequest
from models.send_and_wait import SendEmailAndWaitResult

IMAGES = Path(__file__).parents[1] / "docs" / "images"
# Somebody who does not answer: a wait that is over shows nobody who is awaited.
SILENT = f"dave@{DOMAIN}"
QUESTION = REQUEST.model_copy(
    update={
        "recipients": (*REQUEST.recipients, REQUEST.recipients[0].model_copy(update={"address": SILENT})),
        "wait_stage_timeout_minutes": 24 * 60,
    }
)
WARNING = SendEmailRequest.model_validate(
    {
        "case_id": QUESTION.case_id,
        "alert_group_identifiers": QUESTION.alert_group_identifiers,
        "recipients": SILENT,
        "subject": "Your account is blocked",
        "content": "It stays so until we know that the sign-in was yours.",
    }
)
WAIT = "case-4711"
# The column with the content begins right of the navigation.
LEFT, WIDTH = 256, 1344


async def take(folder: Path) -> int:
    """Ask four people, let three of them answer, and take the pictures."""
    people = {name: name for name in (ASKER, *ANSWERS, "dave")}
    with closing(Ports(tuple(USUAL_PORTS))) as ports:
        temporal, mail = TemporalServer(ports), EmbeddedMail(people, domain=DOMAIN)
        async with running(temporal, mail, PEOPLE) as client, browser() as window:
            soar = MailClient(client)
            wait = await soar.send_email_and_wait.start(QUESTION, workflow_id=WAIT)
            await soar.send_email(WARNING)
            await _answered(wait)
            description = await client.get_workflow_handle(WAIT).describe()
            page = f"{temporal.ui}/namespaces/{NAMESPACE}/workflows/{WAIT}/{description.run_id}"
            for name, address, words, (top, height) in _pictures(temporal.ui, page):
                await window.go(address)
                await window.text_with(words)
                (folder / f"{name}.png").write_bytes(await window.picture(LEFT, top, WIDTH, height))
            await wait.stop_waiting("the pictures are taken")
            await wait.result()
    return 0


def _pictures(ui: str, page: str) -> Sequence[tuple[str, str, str, tuple[int, int]]]:
    """Name, address, the last words to appear, and which part of the page: its top and height."""
    case = quote(f'MailCaseId="{QUESTION.case_id}"')
    return (
        ("case", f"{ui}/namespaces/{NAMESPACE}/workflows?query={case}", WAIT, (60, 320)),
        ("wait", f"{page}/user-metadata", "next look", (100, 670)),
        ("timeline", f"{page}/timeline", "next look", (670, 520)),
    )


async def _answered(wait: StartedWait[SendEmailAndWaitResult]) -> None:
    """Until all have answered who do."""
    answered = 0
    while answered < len(ANSWERS):
        await asyncio.sleep(0.1)
        answered = sum(one.state == "replied" for one in (await wait.progress()).responses)


def main(arguments: Sequence[str]) -> int:
    """Run at this terminal."""
    parser = argparse.ArgumentParser(prog="python -m dev.screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=IMAGES, help="where the pictures go")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    if reason := browser_missing():
        print(reason, file=sys.stderr)
        return 1
    return asyncio.run(take(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
