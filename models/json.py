"""JSON as it comes from outside, before it is checked."""

from typing import Any, TypeGuard

JsonObject = dict[str, Any]
JsonArray = list[Any] | tuple[Any, ...]


def is_object(value: object) -> TypeGuard[JsonObject]:
    """Whether this is a JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[JsonArray]:
    """Whether this is a JSON array."""
    return isinstance(value, (list, tuple))
