"""HTML of others inside a letter of ours: what it looked like stays, what it could do does not."""

# ruff: noqa: SIM905
# A table of words reads best as words.

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mail.html_text import MAX_HTML, is_too_deep
from mail.stylesheet import inlined

# Programs, other documents, and what changes how the rest of the letter is parsed or painted.
_DROPPED = frozenset(
    "script noscript style link meta base title template iframe frame frameset noframes object embed applet "
    "svg math plaintext xmp noembed textarea".split()
)
# What runs or sends something, and an address that is a program.
_ACTIVE = re.compile(r"on.*|srcdoc|action|formaction|ping|autofocus", re.IGNORECASE)
_PROGRAM = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|data\s*:\s*text)\b", re.IGNORECASE)
# Would lay the original over our own text.
_POSITION = re.compile(r"(?:position|z-index)\s*:[^;]*;?", re.IGNORECASE)


def harmless_body(html: str) -> str | None:
    """What stands in the body, well-formed, its styles in the elements; None where it is too intricate for that."""
    if len(html) > MAX_HTML or is_too_deep(html):
        return None
    document = LexborHTMLParser(inlined(html.replace("\0", "")))
    if document.body is None:  # a frameset
        return None
    for node in list(document.body.traverse()):
        _defuse(node)
    inner: str = document.body.inner_html or ""
    return inner


def _defuse(node: LexborNode) -> None:
    if node.is_comment_node or node.tag in _DROPPED:  # Outlook obeys some comments
        node.decompose()
        return
    for name, value in list(node.attributes.items()):
        if _ACTIVE.fullmatch(name) or _PROGRAM.match(value or ""):
            del node.attrs[name]
        elif name == "style" and value and _POSITION.search(value):
            node.attrs[name] = _POSITION.sub("", value)
