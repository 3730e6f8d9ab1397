"""Where templates are rendered: they see what they are given, cannot reach out, and stop in time."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sized
from contextvars import ContextVar
from itertools import chain
from typing import Any, cast

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from jinja2.utils import htmlsafe_json_dumps
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

# A letter of a million characters is longer than any that is read.
MAX_CHARACTERS = 1_000_000
# Rounds of loops and calls: a table of 10,000 rows passes.
MAX_STEPS = 100_000
# A letter takes milliseconds.
MAX_SECONDS = 2.0
# Keeps numbers printable; Python itself stops at 4,300 digits.
_MAX_BITS = 256
# Without those that make much of little: center, format, indent, batch, slice, xmlattr, replace, wordwrap.
_FILTERS = (
    *(
        "abs",
        "attr",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "e",
        "escape",
        "first",
        "float",
        "groupby",
    ),
    *(
        "int",
        "items",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "reverse",
    ),
    *("round", "safe", "select", "selectattr", "sort", "string", "striptags", "title", "trim"),
    *("truncate", "unique", "upper", "urlencode", "wordcount"),
)
_METHODS = (
    *("get", "items", "keys", "values", "lower", "upper", "title", "capitalize", "strip", "lstrip", "rstrip"),
    *("split", "startswith", "endswith", "count", "index", "isdigit"),
)
_meter: ContextVar["Meter"] = ContextVar("meter")


class Meter:
    """What one rendering may still spend."""

    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._characters = MAX_CHARACTERS
        self._deadline = time.monotonic() + MAX_SECONDS

    def step(self) -> None:
        """Pay for one round of a loop, or one call."""
        self._steps -= 1
        if self._steps < 0 or time.monotonic() > self._deadline:
            raise SecurityError("it takes too long")

    def write(self, length: int) -> None:
        """Pay for text."""
        self._characters -= length
        if self._characters < 0:
            raise SecurityError(f"it grows beyond {MAX_CHARACTERS:,} characters")


def rendered(template: Template, variables: Mapping[str, Any]) -> str:
    """The template's text, within all limits; errors are jinja2's own."""
    meter = Meter()
    token = _meter.set(meter)
    try:
        return "".join(_paid(template.generate(dict(variables)), meter))
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, AttributeError) as error:
        raise TemplateError(str(error)) from error
    finally:
        _meter.reset(token)


def _paid(pieces: Iterable[str], meter: Meter) -> Iterator[str]:
    for piece in pieces:
        meter.write(len(piece))
        yield piece


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 with strict variables, few filters and methods, and a meter on everything that grows."""

    def __init__(self, *, html: bool) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=html,
            finalize=_metered_output,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self.filters = {name: self.filters[name] for name in _FILTERS} | {
            "join": _join,
            "metered": _rounds,
            "concatenated": _concatenated,
            "tojson": _json,
        }
        self.globals = {"range": safe_range}
        self.intercepted_binops = frozenset({"*", "**", "+", "%"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Every loop and every `~` of a template runs through the meter."""
        tree = super()._parse(source, name, filename)
        metered: nodes.Template = _Metering().visit(tree)
        return metered

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers; of texts and lists only sums, which are paid for."""
        if operator == "+" and not _are_numbers(left, right):
            _meter.get().write(_length(left) + _length(right))
        elif not _are_numbers(left, right) or operator == "**" or _bits(left) + _bits(right) > _MAX_BITS:
            raise SecurityError(f"{operator!r} is for numbers of ordinary size")
        return super().call_binop(context, operator, left, right)

    def is_safe_callable(self, obj: Any) -> bool:
        """Macros, ranges, loops and the harmless methods of values."""
        if isinstance(obj, Macro) or obj is safe_range:
            return True
        return getattr(obj, "__name__", "") in _METHODS and isinstance(
            getattr(obj, "__self__", None), str | Mapping | list | tuple
        )

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Pay for the call."""
        _meter.get().step()
        return super().call(context, obj, *args, **kwargs)


class _Metering(NodeTransformer):
    """Puts the meter into a template's tree."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802  jinja2's name
        self.generic_visit(node)
        if node.recursive:
            raise SecurityError("recursive loops are not available")
        node.iter = _filtered(node.iter, "metered")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "concatenated")


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(cast("nodes.Expr", node), name, [], [], None, None, lineno=node.lineno)


def _rounds(items: Iterable[Any]) -> Iterator[Any]:
    meter = _meter.get()
    for item in items:
        meter.step()
        yield item


def _concatenated(parts: list[Any]) -> str:
    return _join(parts, "")


def _join(parts: Iterable[Any], separator: str = "") -> str:
    """Texts one after the other; with markup among them, the others are escaped."""
    pieces = [part if isinstance(part, str) else str(part) for part in parts]
    _meter.get().write(sum(map(len, pieces)) + len(separator) * len(pieces))
    if any(isinstance(piece, Markup) for piece in chain(pieces, (separator,))):
        return escape(separator).join(pieces)
    return separator.join(pieces)


def _json(value: Any) -> Markup:
    """The value as JSON that HTML can hold, in one line: an indentation may be as wide as memory."""
    return htmlsafe_json_dumps(value)


def _metered_output(value: Any) -> Any:
    _meter.get().write(_length(value))
    return value


def _length(value: Any) -> int:
    return len(cast("Sized", value)) if isinstance(value, str | list | tuple) else 0


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 0
