"""A page of docs/actions."""

import json
from collections.abc import Iterator

from pydantic import BaseModel

from dev.pages.action import Action, actions
from dev.pages.failures import failures
from dev.pages.fields import Row, rows

_NOTE = "<!-- Made by `make docs` from the models and examples/; change those. -->\n"
_READING = """\
One JSON object. Lists may be JSON or one string, `a, b`; numbers and booleans may be strings; a date is RFC 3339,
RFC 5322 or a Unix time; `""` and `null` mean "not given". An unknown name is refused.
"""
_HTTP = "http://localhost:7243/api/v1/namespaces/default/workflows"


def pages() -> dict[str, str]:
    """The text of every page, by file name."""
    known = list(actions())
    return {"README.md": _index(known)} | {f"{action.dashed}.md": page(action) for action in known}


def _index(known: list[Action]) -> str:
    lines = [f"| [`{action.name}`]({action.dashed}.md) | {_first_line(action)} |" for action in known]
    return f"{_NOTE}# Actions\n\n" + _table(("Workflow type", "What it does"), lines)


def page(action: Action) -> str:
    """All about one action."""
    parts = [
        f"{_NOTE}# {action.name}\n\n{action.purpose}\n",
        f"## Arguments\n\n{_READING}\n{_arguments(action.request)}",
        *_parts(action.request, taken=True),
        "## Example\n\n" + _code("json", action.example) + f"\nThis is [examples/{action.name}.json]"
        f"(../../examples/{action.name}.json).\n",
        "## Start it\n\n" + "\n".join(_starts(action)),
        "## Result\n\n" + _fields(action.result),
        *_parts(action.result, taken=False),
        *_while_it_runs(action),
        "## Failures\n\n" + _failures(action),
    ]
    return "\n".join(parts)


def _arguments(model: type[BaseModel]) -> str:
    # What must be given comes first.
    ordered = sorted(rows(model), key=lambda row: not row.required)
    lines = [f"| `{row.name}` | {row.words} | {_need(row)} | {row.description} |" for row in ordered]
    return _table(("Name", "Type", "Default", "Meaning"), lines)


def _need(row: Row) -> str:
    return "**required**" if row.required else row.default


def _fields(model: type[BaseModel]) -> str:
    lines = [f"| `{row.name}` | {row.words} | {row.description} |" for row in rows(model)]
    return _table(("Name", "Type", "Meaning"), lines)


def _parts(model: type[BaseModel], *, taken: bool) -> Iterator[str]:
    """The models inside a model, each once."""
    inner = {one: None for row in rows(model) for one in row.models}
    for one in inner:
        table = _arguments(one) if taken else _fields(one)
        yield f"### {one.__name__}\n\n{(one.__doc__ or '').strip()}\n\n{table}"


def _starts(action: Action) -> Iterator[str]:
    name = f"my-{action.dashed}"
    yield "With Temporal's CLI:\n"
    yield _code(
        "bash",
        f"temporal workflow execute --task-queue mail --type {action.name} --workflow-id {name} \\\n"
        f"    --input-file examples/{action.name}.json",
    )
    yield "With HTTP; the second command returns when the workflow has ended, or empty after a while: then ask again.\n"
    yield _code("bash", _curl(action, name))
    yield "With the client:\n"
    yield _code("python", _client(action))


def _curl(action: Action, name: str) -> str:
    return f"""curl --fail --silent --show-error {_HTTP}/{name}-by-http \\
    --header 'Content-Type: application/json' --data @- <<'JSON'
{{"workflowType": {{"name": "{action.name}"}}, "taskQueue": {{"name": "mail"}},
 "input": [{json.dumps(json.loads(action.example), ensure_ascii=False)}]}}
JSON
curl --fail --silent --show-error --get {_HTTP}/{name}-by-http/history \\
    --data waitNewEvent=true --data historyEventFilterType=HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT"""


def _client(action: Action) -> str:
    request = action.request
    return f"""import asyncio
from pathlib import Path

from client import MailClient
from {request.__module__} import {request.__name__}


async def main() -> None:
    example = Path("examples/{action.name}.json").read_text()
    request = {request.__name__}.model_validate_json(example)
    async with MailClient.connect() as mail:
        result = await mail.{action.method}(request)
    print(result.message)


asyncio.run(main())"""


def _while_it_runs(action: Action) -> Iterator[str]:
    if action.handlers:
        lines = [f"| {one.kind} | `{one.name}` | {_sentence(one.purpose)} |" for one in action.handlers]
        yield "## While it runs\n\n" + _table(("Kind", "Name", "What it does"), lines)


def _failures(action: Action) -> str:
    has_pattern = any(row.words.startswith("RE2") for row in rows(action.request))
    lines = [f"| `{name}` | {meaning} |" for name, meaning in failures(action.name, has_pattern=has_pattern)]
    table = _table(("Type", "Meaning"), lines)
    return (
        "A workflow that fails carries one of these as the type of its error. `ServerUnavailable` alone is tried\n"
        f"again, with back-off, before it is told.\n\n{table}"
    )


def _first_line(action: Action) -> str:
    return action.purpose.splitlines()[0]


def _sentence(text: str) -> str:
    return text.replace("\n", " ")


def _table(head: tuple[str, ...], lines: list[str]) -> str:
    return "\n".join((f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines, ""))


def _code(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"
