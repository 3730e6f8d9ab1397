"""What can be learnt of an action from its workflow: what it takes, what it answers, what one can do to it."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from typing_extensions import TypeAliasType

from models.request import Request, Result
from workflows.catalogue import WORKFLOWS

EXAMPLES = Path(__file__).parents[2] / "examples"
# Messages that the project's own parts send to a wait.
_INTERNAL = {"mail_arrived"}
# The marks that the SDK's decorators leave.
_KINDS = {
    "__temporal_query_definition": "query",
    "_defn": "update",
    "__temporal_signal_definition": "signal",
}


@dataclass(frozen=True)
class Handler:
    """Something that can be asked of an action that runs."""

    kind: str
    name: str
    purpose: str


@dataclass(frozen=True)
class Action:
    """A workflow that callers start."""

    name: str
    purpose: str
    request: type[Request]
    result: type[Result]
    handlers: tuple[Handler, ...]

    @property
    def words(self) -> list[str]:
        """The words of its name: send, email, and, wait."""
        return re.findall(r"[A-Z][a-z]*", self.name)

    @property
    def dashed(self) -> str:
        """Its name in an address: send-email-and-wait."""
        return "-".join(self.words).lower()

    @property
    def method(self) -> str:
        """Its name in the client: send_email_and_wait."""
        return "_".join(self.words).lower()

    @property
    def example(self) -> str:
        """A ready input."""
        return (EXAMPLES / f"{self.name}.json").read_text(encoding="utf-8").strip()


def actions() -> Iterator[Action]:
    """The actions that have an example, in the order of the workflows; workflows of our own make are none."""
    for workflow in WORKFLOWS:
        request = _model(get_type_hints(workflow.run).get("request"), Request)
        result = _model(get_type_hints(workflow.run).get("return"), Result)
        name = workflow.__name__
        if request and result and (EXAMPLES / f"{name}.json").exists():
            purpose = inspect.cleandoc(workflow.__doc__ or "")
            yield Action(name, purpose, request, result, tuple(_handlers(workflow)))


def _model(hint: Any, base: type[Any]) -> type[Any] | None:
    """The model of this kind that an annotation holds, a union's or an alias's as well."""
    if isinstance(hint, TypeAliasType):
        return _model(hint.__value__, base)
    if isinstance(hint, type) and issubclass(hint, base):
        return hint
    inner = get_args(hint) if get_origin(hint) in (Union, UnionType, Annotated) else ()
    found = (_model(one, base) for one in inner)
    return next((one for one in found if one), None)


def _handlers(workflow: type[Any]) -> Iterator[Handler]:
    members = {name: member for one in reversed(workflow.__mro__) for name, member in vars(one).items()}
    for name, member in members.items():
        for mark, kind in _KINDS.items():
            if hasattr(member, mark) and name not in _INTERNAL:
                yield Handler(kind, _called(name, member), inspect.getdoc(member) or "")


def _called(name: str, handler: Any) -> str:
    """The handler with the names of what it takes."""
    taken = [parameter for parameter in inspect.signature(handler).parameters if parameter != "self"]
    return f"{name}({', '.join(taken)})"
