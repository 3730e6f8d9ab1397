"""The pages of docs/actions are those that the models and examples make, and what they tell people to run works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from client import MailClient
from dev.pages.__main__ import HOME, main
from dev.pages.action import Action, actions
from dev.pages.fields import Row, rows
from dev.pages.page import page, pages
from tests.test_readme import parts, run

ACTIONS = {action.name: action for action in actions()}


def blocks(action: Action, language: str) -> list[str]:
    """The code of this language on an action's page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page(action), re.MULTILINE | re.DOTALL)


def all_rows(action: Action) -> list[Row]:
    """Every field of every table of an action's page."""
    models: set[type[BaseModel]] = {action.request, action.result}
    models |= {inner for model in tuple(models) for row in rows(model) for inner in row.models}
    return [row for model in models for row in rows(model)]


def test_the_committed_pages_are_fresh() -> None:
    """Otherwise: make docs."""
    assert {path.name: path.read_text(encoding="utf-8") for path in HOME.glob("*.md")} == pages()


def test_pages_of_actions_that_are_no_more_go_away(tmp_path: Path) -> None:
    """A renamed action leaves no page behind."""
    (tmp_path / "old.md").touch()
    main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(pages())


def test_only_what_callers_start_has_a_page() -> None:
    """The watch and the refusal of unknown types are our own affair."""
    assert {"SendEmail", "SendEmailAndWait", "WaitForEmailFromUser", "Ping"} <= set(ACTIONS)
    assert not {"MailboxWatch", "UnknownWorkflow"} & set(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_every_field_is_described(action: Action) -> None:
    """By its `Field(description=…)`, or in dev/pages/descriptions.py."""
    assert not [row.name for row in all_rows(action) if not row.description]


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_examples_are_accepted(action: Action) -> None:
    """An example is an input that the workflow takes."""
    action.request.model_validate_json(action.example)


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_what_is_to_be_pasted_is_well_formed(action: Action) -> None:
    """Shell and Python read it, and the client has the method."""
    for block in blocks(action, "bash"):
        subprocess.run(["bash", "-n", "-c", block], check=True)  # noqa: S603, S607 our own page
    for block in blocks(action, "python"):
        compile(block, action.name, "exec")
    assert action.method in MailClient.__init__.__code__.co_names


def test_a_wait_tells_what_can_be_done_to_it() -> None:
    """Queries, updates and signals for people; what the parts tell each other is left out."""
    kinds = {handler.name: handler.kind for handler in ACTIONS["SendEmailAndWait"].handlers}
    assert kinds["progress()"] == "query"
    assert kinds["extend_deadline(minutes)"] == "update"
    assert kinds["stop_waiting(reason)"] == "signal"
    assert "mail_arrived(pointer)" not in kinds


@pytest.mark.parametrize("name", ["Ping", "SendEmail"])
async def test_an_action_starts_in_each_of_the_three_ways(name: str) -> None:
    """By the CLI, by HTTP and by the client, each as its page says."""
    async with parts() as temporal:
        for block in blocks(ACTIONS[name], "bash"):
            here = block.replace("http://localhost:7243/api/v1/namespaces/default", temporal.http)
            assert "COMPLETED" in (await run(temporal, "bash", "-euo", "pipefail", "-c", here)).upper()
        (program,) = blocks(ACTIONS[name], "python")
        assert await run(temporal, sys.executable, "-c", program)
