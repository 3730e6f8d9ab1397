"""Waits that are open while the code changes go on under the new code."""

import json
import re
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from plugin import mail_plugin
from tests.codec.ring import AFTER_ROTATION
from workflows.catalogue import WORKFLOWS

HISTORIES = sorted(Path(__file__).with_name("histories").glob("*.json"))


def recorded(path: Path) -> WorkflowHistory:
    """A history as it was saved."""
    history = json.loads(path.read_text(encoding="utf-8"))
    return WorkflowHistory.from_json(history.pop("workflow_id"), history)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_saved_history_replays(path: Path) -> None:
    """Every decision is made again as it was made then; encrypted ones are read with a key that has since changed."""
    await Replayer(workflows=[], plugins=[mail_plugin(AFTER_ROTATION)]).replay_workflow(recorded(path))


async def test_an_encrypted_history_does_not_replay_without_its_key() -> None:
    """Nor does anything stand in it that was written."""
    (path,) = (path for path in HISTORIES if path.stem == "send-email-and-wait-encrypted")
    raw = b"".join(event.SerializeToString() for event in recorded(path).events)
    assert not [words for words in (b"alice@example.org", b"Was it you?", b"It was me.") if words in raw]
    with pytest.raises(RuntimeError, match="the key '2026-10' is not among"):
        await Replayer(workflows=[], plugins=[mail_plugin()]).replay_workflow(recorded(path))


def test_there_is_a_history_of_every_workflow() -> None:
    """And one of them continued as new."""
    kinds = {
        recorded(path).events[0].workflow_execution_started_event_attributes.workflow_type.name for path in HISTORIES
    }
    assert kinds == {one.__name__ for one in WORKFLOWS}
    assert any(
        recorded(path).events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        for path in HISTORIES
    )


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_saved_history_does_not_tell_where_it_was_recorded(path: Path) -> None:
    """Neither a machine's name nor a directory."""
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r'"identity": "([^"]*)"', text)) <= {"recorded"}
    assert not re.search(r'"\d+@', text)
    assert not re.search(r'"/(?:home|root|tmp|work|Users)/', text)
