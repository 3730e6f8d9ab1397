"""What we write, and below it the message that is forwarded, with its header as people know it."""

from collections.abc import Iterator
from html import escape

from selectolax.lexbor import LexborHTMLParser

from mail.forward import Forwarded
from mail.html_text import is_too_deep
from mail.stylesheet import inlined
from mail.template import Body

_TITLE = "-------- Forwarded Message --------"
_SHOWN_FIELDS = ("From", "Date", "Subject", "To", "Cc")
# Thunderbird's name for it: readers that fold or strip quotes know it.
_CONTAINER = '<div class="moz-forward-container">'


def with_quotation(body: Body, forwarded: Forwarded) -> Body:
    """The body with the forwarded message below; HTML where one of the two has any."""
    text = "\n".join(_text_lines(body.text, forwarded))
    if not (body.html or forwarded.html):
        return Body(text, "")
    return Body(text, _appended(body.html or _as_html(body.text), _quoted_html(forwarded)))


def _text_lines(text: str, forwarded: Forwarded) -> Iterator[str]:
    if text:
        yield f"{text.rstrip()}\n"
    yield _TITLE
    yield from (f"{name}: {value}" for name, value in _fields(forwarded))
    yield f"\n{forwarded.text}"


def _fields(forwarded: Forwarded) -> Iterator[tuple[str, str]]:
    for name in _SHOWN_FIELDS:
        if value := ", ".join(forwarded.headers.all(name)):
            yield name, value


def _quoted_html(forwarded: Forwarded) -> str:
    rows = "".join(f"<tr><th>{name}:</th><td>{escape(value)}</td></tr>" for name, value in _fields(forwarded))
    body = forwarded.html or _as_html(forwarded.text)
    return f"{_CONTAINER}<p>{_TITLE}</p><table>{rows}</table><br><div>{body}</div></div>"


def _as_html(text: str) -> str:
    return f'<div style="white-space: pre-wrap">{escape(text)}</div>' if text else ""


def _appended(html: str, quotation: str) -> str:
    """The quotation at the end of the body, outside of whatever was left open there."""
    if is_too_deep(html):
        return html + quotation
    document, quoted = LexborHTMLParser(inlined(html)), LexborHTMLParser(quotation).css_first("div")
    if document.body is None or quoted is None:
        return html + quotation
    document.body.insert_child(quoted)
    return document.html or ""
