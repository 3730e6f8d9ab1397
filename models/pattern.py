"""The pattern that takes replies out of a wait: RE2, so that no text can make it hang."""

from typing import Annotated, Any, cast

import re2 as untyped_re2
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

re2 = cast("Any", untyped_re2)

# The error type by which a caller tells a bad pattern from other bad input.
INVALID_PATTERN = "invalid_pattern"

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.dot_nl = True
_OPTIONS.log_errors = False  # the caller is told; a line on stderr would tell nobody


def _checked(pattern: str) -> str:
    try:
        re2.compile(_encodable(pattern), _OPTIONS)
    except re2.error as error:
        raise _refusal(pattern, error) from None
    return pattern


def _refusal(pattern: str, error: Exception) -> PydanticCustomError:
    reason = error.args[0]
    sentence = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    # RE2 ends its sentence with the piece of the pattern it stumbled over.
    position = max(0, pattern.find(sentence.rpartition(": ")[2]))
    return PydanticCustomError(
        INVALID_PATTERN, "position {position}: {reason}", {"position": position, "reason": sentence}
    )


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, whatever the case."""
    return re2.compile(_encodable(pattern), _OPTIONS).search(_encodable(text)) is not None


def _encodable(text: str) -> str:
    """RE2 refuses lone surrogates, and mail holds them."""
    return text.encode("utf-8", "replace").decode("utf-8")


Pattern = Annotated[str, AfterValidator(_checked)]
