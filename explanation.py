"""Says of settings that cannot be used where they stand and what may stand there, by their JSON schema."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core.core_schema import ErrorType

from models.json import JsonObject
from models.request import unknown_name

# What pydantic finds wrong by itself; other reasons are given in our own words, as those of a ValueError are.
_FOUND_BY_PYDANTIC = frozenset(get_args(ErrorType)) - {"value_error"}
# What is said of a setting that is needed and not given begins so.
MISSING = "it is missing"
_PLAIN = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "array": "a list",
    "object": "a table",
}
_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def explained(error: ValidationError, schema: JsonObject) -> Iterator[tuple[tuple[str, ...], str]]:
    """The path of each setting that cannot be used, and why."""
    for one in error.errors(include_url=False, include_input=False):
        steps = tuple(str(step) for step in one["loc"])
        yield steps, _reason(one["type"], steps, one["msg"], schema)


def _reason(kind: str, steps: Sequence[str], message: str, schema: JsonObject) -> str:
    if kind == "extra_forbidden":
        return unknown_name(steps[-1], _known_beneath(schema, steps[:-1]))
    if kind not in _FOUND_BY_PYDANTIC:
        return message.removeprefix("Value error, ")
    allowed = _allowed(_found(schema, steps))
    if kind == "missing":
        return f"{MISSING}; give {allowed}"
    return f"it must be {allowed}" if allowed else message


def _found(schema: JsonObject, steps: Sequence[str]) -> JsonObject:
    """The schema of the setting at the end of this path; an empty one where the path leads nowhere."""
    place = _resolved(schema, schema)
    for step in steps:
        beneath = place.get("properties", {}).get(step) or place.get("additionalProperties") or place.get("items")
        place = _resolved(schema, beneath or {})
    return place


def _known_beneath(schema: JsonObject, steps: Sequence[str]) -> Mapping[str, Any]:
    known: Mapping[str, Any] = _found(schema, steps).get("properties", {})
    return known


def _resolved(schema: JsonObject, place: JsonObject) -> JsonObject:
    """What a reference refers to."""
    if "$ref" in place:
        return _resolved(schema, schema["$defs"][place["$ref"].rpartition("/")[2]])
    return place


def _allowed(place: JsonObject) -> str:
    if "enum" in place:
        *others, last = (f'"{word}"' for word in place["enum"])
        return f"{', '.join(others)} or {last}" if others else last
    if {"minimum", "maximum"} <= place.keys():
        return f"{_PLAIN[place['type']]} from {place['minimum']} to {place['maximum']}"
    limits = [f"{words} {place[name]}" for name, words in _LIMITS.items() if name in place]
    if "pattern" in place:
        limits.append(f"that matches {place['pattern']}")
    if place.get("minLength") or place.get("minProperties"):
        limits.append("that is not empty")
    return " ".join([_PLAIN.get(place.get("type", ""), ""), *limits]).strip()
