"""Templates: what they may say, and what they may not do."""

import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mail.errors import InvalidContent
from mail.template import Body, Template, Templates
from models.content import EmailContent


def render(variables: dict[str, Any] | None = None, *, content: str = "", **template: Any) -> Body:
    """The body that one template makes."""
    templates = Templates({"alert": Template(**template)})
    return templates.render(EmailContent(text=content, template="alert", variables=variables or {}))


def test_without_a_template_the_content_stands() -> None:
    """Nothing in it is taken for jinja2."""
    body = Templates({}).render(EmailContent(text="{{ x }}", html="<p>{{ x }}</p>"))
    assert body == Body("{{ x }}", "<p>{{ x }}</p>")


def test_html_without_text_gets_its_text() -> None:
    """Every letter can be read without HTML."""
    body = Templates({}).render(EmailContent(html="<p>Hello <b>you</b></p>"))
    assert body.text.strip() == "Hello you"


def test_variables_are_filled_in() -> None:
    """Text as it is, HTML escaped."""
    body = render({"who": "<Eve> & co"}, text="Hi {{ who }}", html="<p>{{ who }}</p>")
    assert body == Body("Hi <Eve> & co", "<p>&lt;Eve&gt; &amp; co</p>")


def test_the_content_goes_into_the_template() -> None:
    """As text into the text, as escaped lines into the HTML."""
    body = render(content="a < b\nc", text="[{{ content }}]", html="<p>{{ content }}</p>")
    assert body == Body("[a < b\nc]", "<p>a &lt; b<br>\nc</p>")


def test_files_are_templates_too(tmp_path: Path) -> None:
    """Read once, in UTF-8."""
    (tmp_path / "alert.txt").write_text("Grüße, {{ who }}", encoding="utf-8")
    assert render({"who": "SOC"}, text_file=tmp_path / "alert.txt").text == "Grüße, SOC"


def test_rows_of_a_table_are_repeated() -> None:
    """Loops, conditions, filters: the usual things work."""
    source = "{% for r in rows if r.open %}{{ loop.index }}/{{ loop.length }} {{ r.id|upper }};{% endfor %}{{ a ~ b }}"
    variables = {"rows": [{"id": "x", "open": True}, {"id": "y", "open": False}], "a": 1, "b": "z"}
    assert render(variables, text=source).text == "1/1 X;1z"


def test_joined_markup_stays_escaped() -> None:
    """Neither `~` nor join is a way around escaping."""
    variables = {"bad": "<script>", "items": ["<b>", "c"]}
    html = render(variables, html="{{ bad ~ ('<i>'|safe) }} {{ items|join('<br>') }} {{ bad ~ bad }}").html
    assert html == "&lt;script&gt;<i> &lt;b&gt;&lt;br&gt;c &lt;script&gt;&lt;script&gt;"


def test_an_unknown_template_is_named_with_the_nearest() -> None:
    """A typo is answered with a suggestion."""
    templates = Templates({"phishing-notice": Template(text="x"), "other": Template(text="y")})
    with pytest.raises(InvalidContent, match="'phising-notice'; the nearest is 'phishing-notice'"):
        templates.render(EmailContent(template="phising-notice"))
    with pytest.raises(InvalidContent, match="none is configured"):
        Templates({}).render(EmailContent(template="x"))


@pytest.mark.parametrize(
    ("source", "variable"), [("{{ who }}", "who"), ("{{ case.owner }}", "owner"), ("{{ case['x'] }}", "x")]
)
def test_a_missing_variable_is_named(source: str, variable: str) -> None:
    """With the template that needs it."""
    with pytest.raises(InvalidContent, match="template 'alert' needs the variable") as caught:
        render({"case": {}}, text=source)
    assert (caught.value.details["template"], caught.value.details["variable"]) == ("alert", variable)


def test_a_broken_template_is_refused_when_it_is_configured() -> None:
    """Not when the first letter is to be sent."""
    with pytest.raises(InvalidContent, match="'alert'"):
        Templates({"alert": Template(text="{% if %}")})
    with pytest.raises(ValidationError, match="empty"):
        Template()


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ ''|attr('__class__') }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ l.append(1) }}",
        "{{ d.update({'a': 1}) }}",
        "{% include 'x' %}",
        "{{ cycler.__init__ }}",
        "{{ range.__self__ }}",
        "{% set ns = namespace() %}",
    ],
)
def test_nobody_gets_out(source: str) -> None:
    """Neither into Python nor into files; data given is not changed."""
    variables: dict[str, Any] = {"x": 1, "l": [], "d": {}}
    with pytest.raises(InvalidContent):
        render(variables, text=source)
    assert variables == {"x": 1, "l": [], "d": {}}


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 'a' * n }}",
        "{{ [0] * n }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%999999999d'|format(1) }}",
        "{{ 'a'|center(999999999) }}",
        "{{ 'a'.ljust(999999999) }}",
        "{{ 'a'.join(range(10)|map('string')) }}",
        "{{ [1]|tojson(indent=999999999) }}",
        "{{ range(999999999)|list }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in big %}{% for b in big %}{% for c in big %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}",
        "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
        "{% macro d(x) %}{{ x }}{{ x }}{% endmacro %}{{ " + "d(" * 40 + "'x'" + ")" * 40 + " }}",
        "{% macro d(n, x) %}{{ d(n - 1, x ~ x) if n else x }}{% endmacro %}{{ d(60, 'x') }}",
        "{% macro d(n, x) %}{{ d(n - 1, x + x) if n else 'x' }}{% endmacro %}{{ d(60, [1]) }}",
        "{% macro d(n, x) %}{{ d(n - 1, x * x) if n else 'x' }}{% endmacro %}{{ d(60, 7) }}",
        "{% for a in tree recursive %}{{ loop(tree) }}{% endfor %}",
        "{{ lipsum(n=99999) }}",
        "{{ x" + "|upper" * 5000 + " }}",
    ],
)
def test_bombs_do_not_go_off(source: str) -> None:
    """Whatever grows or never ends is stopped soon, in the sender's name for it."""
    variables = {"n": 10**9, "big": list(range(50_000)), "tree": [1], "x": "x"}
    started = time.monotonic()
    with pytest.raises(InvalidContent, match="template 'alert'"):
        render(variables, text=source)
    assert time.monotonic() - started < 30
