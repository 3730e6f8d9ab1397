"""What `make dev` offers, as commands to paste."""

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from dev.temporal import USUAL_PORTS, TemporalServer, temporal_program
from models.send import SendEmailResult

Arguments = Mapping[str, object]

CASE: Arguments = {"case_id": "4711", "alert_group_identifiers": ["unusual-sign-in"]}

# A letter of yesterday can still be waited for today; Temporal forgets its sending after a day.
MINUTES = 7 * 24 * 60


class Guide:
    """Commands that start each workflow on a Temporal server, for people at a shell."""

    def __init__(self, temporal: TemporalServer, domain: str) -> None:
        self._temporal, self._domain = temporal, domain

    def commands(self, letter: SendEmailResult) -> Iterator[tuple[str, str]]:
        """What each command does, and the command; `letter` is one that has been sent."""
        yield "Log in to both mail servers, as a ping", self._temporal_cli("execute", "Ping", CASE)
        yield "Send a letter", self._temporal_cli("execute", "SendEmail", self._letter("dave"))
        yield (
            f"Wait for the answer to a letter that has been sent: {letter.subject}",
            self._temporal_cli("execute", "WaitForEmailFromUser", self._wait_for(letter)),
        )
        yield (
            "Send a letter and wait until everyone has answered; dave is you",
            self._temporal_cli(
                "start", "SendEmailAndWait", self._question("alice", "bob", "carol", "dave"), "question"
            ),
        )
        yield "See who has answered so far", self._cli("query", "--workflow-id", "question", "--type", "progress")
        yield "Answer for dave by telephone (or as dave, with a mail client)", self._telephone("dave")
        yield "Wait for the result", self._cli("result", "--workflow-id", "question")
        yield "The same ping without any client", self._curl("ping-by-http", "Ping", CASE)

    def _letter(self, *names: str) -> Arguments:
        return {
            **CASE,
            "recipients": [f"{name}@{self._domain}" for name in names],
            "subject": "Was this sign-in yours?",
            "content": "Somebody signed in to your account from Lisbon this morning. Was it you?",
        }

    def _question(self, *names: str) -> Arguments:
        rules = {"wait_stage_timeout_minutes": MINUTES, "wait_for_all_recipients_to_reply": True}
        return {**self._letter(*names), **rules}

    def _wait_for(self, letter: SendEmailResult) -> Arguments:
        sent = {
            "email_message_id": letter.message_id,
            "email_date": letter.date.isoformat(),
            "email_recipients": letter.recipients,
        }
        return {**CASE, **sent, "wait_stage_timeout_minutes": MINUTES}

    def _telephone(self, name: str) -> str:
        reply = {"recipient": f"{name}@{self._domain}", "content": "Yes, that was me.", "by": "the analyst"}
        return self._cli(
            "update", "execute", "--workflow-id", "question", "--name", "record_reply", "--input", _json(reply)
        )

    def _temporal_cli(self, verb: str, workflow: str, arguments: Arguments, workflow_id: str = "") -> str:
        name = ("--workflow-id", workflow_id) if workflow_id else ()
        return self._cli(verb, "--type", workflow, "--task-queue", "mail", *name, "--input", _json(arguments))

    def _cli(self, *words: str) -> str:
        usual = self._temporal.ports["GRPC"] == USUAL_PORTS["GRPC"] and "TEMPORAL_ADDRESS" not in os.environ
        address = () if usual else ("--address", self._temporal.address)
        return shlex.join((_from_here(temporal_program()), "workflow", *words, *address))

    def _curl(self, workflow_id: str, workflow: str, arguments: Arguments) -> str:
        body = {"workflowType": {"name": workflow}, "taskQueue": {"name": "mail"}, "input": [arguments]}
        json_body = ("--header", "Content-Type: application/json", "--data", _json(body))
        return shlex.join(("curl", "--fail", f"{self._temporal.http}/workflows/{workflow_id}", *json_body))


def _json(value: Arguments) -> str:
    return json.dumps(value, ensure_ascii=False)


def _from_here(program: str) -> str:
    """The shorter way to write the path, where there is one."""
    path = Path(program)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else program
