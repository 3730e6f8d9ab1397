"""What a letter says: the SOAR's EmailContent."""

import json
import re
from typing import Annotated, Any, Self

from pydantic import AliasChoices, Field, JsonValue, model_validator

from models.json import is_object
from models.request import Arguments

# Tags that people put into mail bodies; `a < b > c` or `<jane@example.org>` is not markup.
_MARKUP = re.compile(
    r"<!doctype html|</?(?:html|head|body|p|div|span|br|hr|a|b|i|u|em|strong|ul|ol|li|table|tr|td|th|h[1-6]|pre|"
    r"code|blockquote|font|center|img|style)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def is_html(text: str) -> bool:
    """Whether a content given as plain string is meant as HTML."""
    return _MARKUP.search(text) is not None


class EmailContent(Arguments):
    """A text, its HTML, or a configured template with its variables; a plain string is any of the first two."""

    text: str = ""
    html: str = ""
    template: Annotated[
        str, Field(validation_alias=AliasChoices("template", "ContentTemplateName", "HtmlTemplateName"))
    ] = ""
    variables: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])

    @model_validator(mode="before")
    @classmethod
    def _as_soars_write_it(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = cls._object_in(value) or {"html" if is_html(value) else "text": value}
        if not is_object(value):
            return value
        given = dict(value)
        content = given.pop("Content", None)
        if content:
            given.setdefault("html" if is_html(str(content)) else "text", content)
        return given

    @classmethod
    def _object_in(cls, text: str) -> Any:
        """The content that a SOAR has written as JSON in a string; None where the letter itself says that."""
        if not text.lstrip().startswith("{"):
            return None
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return None
        known = {"Content", *(name for name, _ in cls._fields_by_name())}
        return cls._given(value) if is_object(value) and value.keys() <= known else None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text.strip() or self.html.strip() or self.template):
            raise ValueError("the content is empty: give text, html or template")
        return self
