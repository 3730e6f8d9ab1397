"""Configured templates, and the bodies that come of them."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import jinja2
from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict, model_validator

from mail.errors import InvalidContent
from mail.html_text import text_of_html
from mail.sandbox import Sandbox, rendered
from models.content import EmailContent

_MISSING = re.compile(r"'([^']+)' is undefined|has no (?:attribute|element) '?([^']+?)'?$")
_TEXT = Sandbox(html=False)
_HTML = Sandbox(html=True)


class Template(BaseModel):
    """A template as the settings give it: jinja2 for the text, for the HTML, or for both."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    text: str = ""
    html: str = ""
    text_file: Path | None = None
    html_file: Path | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.text and self.text_file) or (self.html and self.html_file):
            raise ValueError("give the template itself or its file, not both")
        if not (self.text or self.html or self.text_file or self.html_file):
            raise ValueError("the template is empty: give text, html, text_file or html_file")
        return self


@dataclass(frozen=True, slots=True)
class Body:
    """What a letter says, ready to be composed."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Content:
    """The content given along with a template: `{{ content }}` fits the format it is put into."""

    text: str
    html: str

    def __str__(self) -> str:
        return self.text or text_of_html(self.html)

    def __html__(self) -> str:
        return self.html or escape(self.text).replace("\n", Markup("<br>\n"))


class Templates(Mapping[str, Template]):
    """The configured templates by name; they are read and compiled once, when this is made."""

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self._templates = dict(templates)
        self._compiled = {name: _Compiled.of(name, one) for name, one in templates.items()}

    def __getitem__(self, name: str) -> Template:
        return self._templates[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._templates)

    def __len__(self) -> int:
        return len(self._templates)

    def render(self, content: EmailContent) -> Body:
        """The body that the content asks for; HTML without a text gets one."""
        body = Body(content.text, content.html)
        if content.template:
            given: dict[str, Any] = {"content": _Content(content.text, content.html), **content.variables}
            body = self._named(content.template).body(given)
        return Body(body.text or text_of_html(body.html), body.html) if body.html else body

    def _named(self, name: str) -> "_Compiled":
        if name in self._compiled:
            return self._compiled[name]
        near = difflib.get_close_matches(name, self._compiled, n=1, cutoff=0)
        hint = f"; the nearest is {near[0]!r}" if near else "; none is configured"
        raise InvalidContent(f"there is no template {name!r}{hint}", template=name)


@dataclass(frozen=True, slots=True)
class _Compiled:
    name: str
    text: jinja2.Template | None
    html: jinja2.Template | None

    @classmethod
    def of(cls, name: str, template: Template) -> Self:
        try:
            return cls(
                name,
                _compiled(_TEXT, template.text, template.text_file),
                _compiled(_HTML, template.html, template.html_file),
            )
        except (jinja2.TemplateError, OSError, UnicodeError, RecursionError) as error:
            raise InvalidContent(f"template {name!r}: {error}", template=name) from error

    def body(self, variables: Mapping[str, Any]) -> Body:
        return Body(self._render(self.text, variables), self._render(self.html, variables))

    def _render(self, template: jinja2.Template | None, variables: Mapping[str, Any]) -> str:
        if template is None:
            return ""
        try:
            return rendered(template, variables)
        except jinja2.TemplateError as error:
            raise self._invalid(error) from error

    def _invalid(self, error: jinja2.TemplateError) -> InvalidContent:
        missing = _MISSING.search(str(error))
        if missing is None or not isinstance(error, jinja2.UndefinedError):
            return InvalidContent(f"template {self.name!r}: {error}", template=self.name)
        variable = missing[1] or missing[2]
        return InvalidContent(
            f"template {self.name!r} needs the variable {variable!r}", template=self.name, variable=variable
        )


def _compiled(sandbox: Sandbox, source: str, file: Path | None) -> jinja2.Template | None:
    if file is not None:
        source = file.read_text(encoding="utf-8")
    return sandbox.from_string(source) if source else None
