"""What a field of a model holds, in words."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from dev.pages.descriptions import DESCRIPTIONS
from models.address import Addresses
from models.argument import Date, Line, Minutes, Names, RequiredLine, RequiredText, Text, Texts
from models.content import EmailContent
from models.pattern import Pattern

# Types whose words say more than their Python name does.
_WORDS: tuple[tuple[Any, str], ...] = (
    (Addresses, "addresses"),
    (Names, "names"),
    (Texts, "texts"),
    (Minutes, "minutes"),
    (Date, "date"),
    (Pattern, "RE2 pattern"),
    (RequiredLine, "text, one line"),
    (RequiredText, "text"),
    (Line, "text, one line"),
    (Text, "text"),
    (EmailContent, "content"),
)
_PLAIN = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "datetime": "date",
    "dict": "object",
    "NoneType": "null",
}


class Row:
    """One field of a model, as a line of a table."""

    def __init__(self, model: type[BaseModel], name: str, field: FieldInfo) -> None:
        self._field = field
        self._hint = get_type_hints(model, include_extras=True)[name]
        self._described = field.description or DESCRIPTIONS.get(f"{model.__name__}.{name}") or DESCRIPTIONS.get(name)
        self.required = field.is_required()
        choices = field.validation_alias
        self.name = str(choices.choices[0]) if isinstance(choices, AliasChoices) else field.alias or name

    @property
    def words(self) -> str:
        """Its type."""
        return words(self._hint)

    @property
    def default(self) -> str:
        """What holds where it is not given."""
        default: Any = self._field.get_default(call_default_factory=True, validated_data={})
        if default in ((), "", None, {}, PydanticUndefined):
            return "none"
        if isinstance(default, tuple):
            return f"`{', '.join(map(str, cast('tuple[object, ...]', default)))}`"
        return f"`{str(default).lower() if isinstance(default, bool) else default}`"

    @property
    def description(self) -> str:
        """What it is for; empty where nobody has said it."""
        return self._described or ""

    @property
    def models(self) -> Iterator[type[BaseModel]]:
        """The models that stand inside it and have fields to tell of."""
        return _models(self._hint)


def rows(model: type[BaseModel]) -> Iterator[Row]:
    """The fields of a model in the order in which a caller thinks of them: its own before what all share."""
    levels: dict[str, int] = {}
    for level, one in enumerate(model.__mro__):
        levels |= dict.fromkeys(vars(one).get("__annotations__", ()), level)
    names = sorted(model.model_fields, key=lambda name: levels[name])
    return (Row(model, name, model.model_fields[name]) for name in names)


def words(hint: Any) -> str:
    """A type in words."""
    known = [name for one, name in _WORDS if hint == one or _begins_with(hint, one)]
    origin, inner = get_origin(hint), get_args(hint)
    if known:
        return known[0]
    if origin is Annotated:
        return words(inner[0])
    if origin in (Union, UnionType):
        return " or ".join(map(words, inner))
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in inner)
    return f"list of {words(inner[0])}" if origin is tuple else _named(hint)


def _named(hint: Any) -> str:
    name = str(getattr(hint, "__name__", hint))
    is_model = isinstance(hint, type) and issubclass(hint, BaseModel)
    return f"[{name}](#{name.lower()})" if is_model else _PLAIN.get(name, name)


def _begins_with(hint: Any, known: Any) -> bool:
    """Whether an annotation is a known one with more said about it."""
    if not (get_origin(hint) is get_origin(known) is Annotated):
        return False
    (plain, *notes), (known_plain, *known_notes) = get_args(hint), get_args(known)
    return plain == known_plain and notes[: len(known_notes)] == known_notes


def _models(hint: Any) -> Iterator[type[BaseModel]]:
    if any(hint == known or _begins_with(hint, known) for known, _ in _WORDS):
        return
    if isinstance(hint, type) and get_origin(hint) is None and issubclass(hint, BaseModel):
        yield hint
        for row in rows(hint):
            yield from row.models
        return
    for inner in get_args(hint):
        if not isinstance(inner, str):
            yield from _models(inner)
