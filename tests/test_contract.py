"""The public contract as it is committed: names and JSON schemas; changing it is a breaking change.

`python -m tests.test_contract` writes contract.json anew; its diff belongs into the changelog.
"""

import difflib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast, get_type_hints

import pytest
from pydantic import TypeAdapter
from temporalio import activity, workflow

import activities
import mail.errors
from activities.failure import INVALID_REQUEST
from mail.errors import MailError
from models.wait_state import Continued
from tests.workflows.fakes import LateReplyFakes, PingFakes, SendFakes, WaitFakes, WatchFakes
from workflows.catalogue import WORKFLOWS

Entry = tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]

CONTRACT = Path(__file__).with_name("contract.json")
REGENERATE = "python -m tests.test_contract"

# As `contract.md` lists them, "Failures".
FAILURES = {
    "InvalidRequest", "UnknownAccount", "NotConfigured", "AuthenticationFailed", "CertificateRejected",
    "FolderNotFound", "MessageNotFound", "AllRecipientsRefused", "MessageRejected", "RecipientForbidden",
    "AttachmentNotFound", "AttachmentForbidden", "AttachmentTooLarge", "InvalidPattern", "SendOutcomeUnknown",
    "ServerUnavailable",
}  # fmt: skip


def contract() -> dict[str, Any]:
    """All that a caller or an open workflow relies on; a model is spelt out once, however many handlers share it."""
    definitions = [workflow._Definition.must_from_class(one) for one in WORKFLOWS]
    described = {str(one.name): _described(one) for one in definitions}
    adapters = [entry for one in described.values() for handler in one.values() for entry in handler]
    schemas, shared = TypeAdapter.json_schemas(adapters)
    return {
        "workflows": {
            name: {handler: [schemas[key, mode] for key, mode, _ in entries] for handler, entries in one.items()}
            for name, one in described.items()
        },
        "schemas": shared,
        "activities": sorted(_activity_names()),
    }


def _described(definition: workflow._Definition) -> dict[str, list[Entry]]:
    handlers: dict[str, Callable[..., Any]] = {"run": cast("Any", definition).run_fn}
    handlers |= {f"update {name}": update.fn for name, update in definition.updates.items()}
    handlers |= {f"query {name}": query.fn for name, query in definition.queries.items()}
    handlers |= {f"signal {name}": signal.fn for name, signal in definition.signals.items()}
    return {name: _adapters(f"{definition.name} {name}", handler) for name, handler in handlers.items()}


def _adapters(key: str, handler: Any) -> list[Entry]:
    """The inputs of a handler and, last, what it answers."""
    hints = get_type_hints(handler, include_extras=True)
    result: Entry = (f"{key} returns", "serialization", TypeAdapter(hints.pop("return", None)))
    return [*((f"{key} takes {name}", "validation", TypeAdapter(hint)) for name, hint in hints.items()), result]


def _activity_names() -> set[str]:
    modules = [importlib.import_module(f"activities.{one.name}") for one in pkgutil.iter_modules(activities.__path__)]
    groups = [group for module in modules for _, group in inspect.getmembers(module, inspect.isclass)]
    return {name for group in groups for name in _names_in(group)}


def _names_in(group: type) -> set[str]:
    functions = (function for _, function in inspect.getmembers(group, inspect.isfunction))
    # The SDK tells the name under which it registers a function nowhere else.
    read = cast("Callable[[object], Any]", cast("Any", activity)._Definition.from_callable)
    definitions = map(read, functions)
    return {str(definition.name) for definition in definitions if definition}


def _text(contents: object) -> str:
    return json.dumps(contents, indent=1, sort_keys=True) + "\n"


def test_the_contract_is_the_committed_one() -> None:
    """A caller that worked yesterday works tomorrow."""
    committed, present = CONTRACT.read_text(encoding="utf-8"), _text(contract())
    changes = difflib.unified_diff(committed.splitlines(), present.splitlines(), "committed", "present", lineterm="")
    if diff := "\n".join(changes):
        pytest.fail(f"the contract has changed; if that is meant, run `{REGENERATE}`\n{diff}", pytrace=False)


def test_failures_are_those_of_the_contract() -> None:
    """No error reaches a caller under another name."""
    leaves = [one for _, one in inspect.getmembers(mail.errors, inspect.isclass) if issubclass(one, MailError)]
    types = {one.type for one in leaves if one is not MailError}
    assert types | {INVALID_REQUEST, "InvalidPattern"} == FAILURES


def test_only_an_unavailable_server_is_tried_again() -> None:
    """Asking again helps against nothing else."""
    errors = inspect.getmembers(mail.errors, inspect.isclass)
    assert [name for name, one in errors if issubclass(one, MailError) and one.retryable] == ["ServerUnavailable"]


def test_the_fakes_are_called_as_the_activities_are() -> None:
    """What tests of workflows prove holds for the real ones."""
    fakes = {
        name for group in (LateReplyFakes, PingFakes, SendFakes, WaitFakes, WatchFakes) for name in _names_in(group)
    }
    assert fakes <= _activity_names()


def test_what_continues_as_new_is_no_request() -> None:
    """Its tag must not show in what callers read of theirs."""
    assert set(Continued.model_fields) == {"request", "waited"}


if __name__ == "__main__":
    CONTRACT.write_text(_text(contract()), encoding="utf-8")
