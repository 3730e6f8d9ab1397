"""What every action is asked with and answers with."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

from models.address import as_items
from models.argument import RequiredText, Text, Texts
from models.json import is_object

# What pydantic says of Python's types, in the words of those who write JSON.
_PLAIN = {
    "tuple_type": "it must be a list",
    "dict_type": "it must be an object",
    "model_type": "it must be an object",
    "string_type": "it must be text",
    "too_short": "give at least one",
}


class Message(BaseModel):
    """What travels between workflows, activities and callers: frozen; what a newer worker adds is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Arguments(Message):
    """A message that people and SOARs write: "" and null are "not given", a misspelt name is told the nearest."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(cls._given(value))
        except ValidationError as error:
            raise cls._with_nearest_names(error) from None

    @classmethod
    def _given(cls, value: Any) -> Any:
        if not is_object(value):
            return value
        optional = {name for name, field in cls._fields_by_name() if not field.is_required()}
        return {name: item for name, item in value.items() if not (name in optional and _is_nothing(item))}

    @classmethod
    def _fields_by_name(cls) -> Iterator[tuple[str, FieldInfo]]:
        for name, field in cls.model_fields.items():
            choices = field.validation_alias
            for spelling in choices.choices if isinstance(choices, AliasChoices) else [choices or name]:
                yield str(spelling), field

    @classmethod
    def _with_nearest_names(cls, error: ValidationError) -> ValidationError:
        names = [name for name, _ in cls._fields_by_name()]
        return ValidationError.from_exception_data(
            error.title, [_explained(line, names) for line in error.errors(include_url=False)]
        )


def _is_nothing(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _explained(line: Any, names: Iterable[str]) -> InitErrorDetails:
    location, message = line["loc"], _PLAIN.get(line["type"], line["msg"])
    if line["type"] == "extra_forbidden" and len(location) == 1:
        message = unknown_name(str(location[0]), names)
    elif _is_nothing(line["input"]) and line["type"] != "value_error":
        message = "Field required"
    return InitErrorDetails(
        type=PydanticCustomError(line["type"], "{sentence}", {"sentence": message}),
        loc=location,
        input=line["input"],
    )


def unknown_name(name: str, known: Iterable[str]) -> str:
    """Say that a name is unknown and which known one comes nearest."""
    known = sorted(known)
    near = difflib.get_close_matches(name[:100], known, n=1, cutoff=0.5)
    return f"unknown name; did you mean {near[0]!r}?" if near else f"unknown name; known are: {', '.join(known)}"


class TargetEntity(Arguments):
    """An entity of the case, as the SOAR passes it along."""

    identifier: Annotated[str, Field(alias="Identifier")]
    entity_type: Annotated[str, Field(alias="EntityType")] = ""


class Request(Arguments):
    """What every action takes."""

    case_id: RequiredText
    alert_group_identifiers: Texts
    target_entities: Annotated[tuple[TargetEntity, ...], BeforeValidator(as_items)] = ()
    scope: Text = "All entities"
    account: Annotated[str, Field(description="a configured mail account; default: the configured default")] = ""


class Result(Message):
    """What every action answers, besides its `status`."""

    message: Annotated[str, Field(description="one sentence for people")]
    case_id: str
    account: str
