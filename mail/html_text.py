"""HTML mail as plain text, in linear time; what it quotes is marked with `> ` as in plain text."""

# ruff: noqa: SIM905
# A table of words reads best as words.

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

# A long thread with its styles; the new text stands at the top.
MAX_HTML = 2_000_000
# The parser looks through all open elements at each new block: 100,000 nested <div> take it 25 s.
# Threads of a hundred answers nest a few hundred deep.
MAX_OPEN = 1000
# Deeper quotes all look the same.
MAX_QUOTE_DEPTH = 9
# An emoji is a picture with itself as text; longer texts describe logos.
_EMOJI_LENGTH = 8

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0]+")
# They close themselves when the next one opens, or hold nothing: leaving them open nests nothing.
_SELF_CLOSING = frozenset(
    "p li td th tr dt dd option optgroup thead tbody tfoot colgroup rp rt html head body "
    "area base br col embed hr img input link meta param source track wbr".split()
)
_UNSEEN = frozenset("script style head title template noscript svg math object -comment !doctype".split())
_BLOCKS = frozenset(
    "address article aside blockquote body center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header "
    "li main nav ol p pre section table tr ul".split()
)

# How mail programs mark what they quote.
_QUOTE_CLASSES = frozenset(
    {
        "gmail_attr",  # Gmail: "On … wrote:"
        "moz-cite-prefix",  # Thunderbird: the same
        "moz-forward-container",  # Thunderbird
        "yahoo_quoted",  # Yahoo
        "protonmail_quote",  # Proton
        "tutanota_quote",  # Tuta
        "zmail_extra",  # Zoho
        "ms-outlook-mobile-reference-message",  # Outlook on iOS and Android
    }
)
_QUOTE_IDS = frozenset(
    {
        "mail-editor-reference-message-container",  # Outlook on iOS, macOS and the web
        "olk_src_body_section",  # Outlook on macOS, earlier
        "mail-app-auto-quote",  # Mail.ru
    }
)
_QUOTE_NAMES = frozenset({"quote"})  # GMX, web.de
# Outlook: no element holds the history; it is all that follows.
_HISTORY_BEGINS = frozenset({"divrplyfwdmsg", "appendonsend", "reply-intro"})


def text_of_html(html: str) -> str:
    """The text a reader sees, line by line; quotes begin with `> `."""
    document = html[:MAX_HTML].replace("\0", "")
    if is_too_deep(document):
        return _SPACE.sub(" ", _ANY_TAG.sub(" ", document)).strip()
    page = _Page()
    for visit in _visits(LexborHTMLParser(document).root):
        page.take(visit)
    return page.text()


def is_too_deep(document: str) -> bool:
    """Whether more elements are open at once than any mail program leaves open."""
    open_tags: dict[str, int] = {}
    depth = 0
    for slash, name in _TAG.findall(document):
        tag = name.lower()
        if tag in _SELF_CLOSING:
            continue
        change = -1 if slash else 1
        if slash and not open_tags.get(tag):
            continue
        open_tags[tag] = open_tags.get(tag, 0) + change
        depth += change
        if depth > MAX_OPEN:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Visit:
    """An element that is entered or left."""

    node: LexborNode
    leaving: bool = False


def _visits(root: LexborNode | None) -> Iterator[_Visit]:
    """The tree in reading order, without recursion; what nobody sees is not entered."""
    stack = [] if root is None else [_Visit(root)]
    while stack:
        visit = stack.pop()
        yield visit
        node = visit.node
        if visit.leaving:
            continue
        if node.next is not None:
            stack.append(_Visit(node.next))
        if node.first_child is not None and node.tag not in _UNSEEN:
            stack.append(_Visit(node, leaving=True))
            stack.append(_Visit(node.first_child))


@dataclass(slots=True)
class _Page:
    """The lines written so far, and how deep in quotes the next one stands."""

    lines: list[str] = field(default_factory=list[str])
    line: list[str] = field(default_factory=list[str])
    depth: int = 0
    preformatted: int = 0

    def take(self, visit: _Visit) -> None:
        """Write what this element adds."""
        tag = visit.node.tag or ""
        if tag in _UNSEEN:
            return
        if tag == "-text":
            self._write(visit.node.text_content or "")
        elif tag == "br":
            self._end_line()
        elif tag == "hr":
            self._rule()
        elif tag == "img":
            self._picture(visit.node)
        elif tag in {"td", "th"}:
            self.line.append(" ")
        else:
            self._element(tag, visit)

    def text(self) -> str:
        """All lines, with no more than one empty line in a row."""
        self._end_block()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip()

    def _element(self, tag: str, visit: _Visit) -> None:
        attributes = visit.node.attributes
        history = _begins_history(attributes)
        quoted = history or tag == "blockquote" or _is_quote(attributes)
        if tag in _BLOCKS or quoted:
            self._end_block()
        step = -1 if visit.leaving else 1
        if history:
            self.depth += not visit.leaving  # all that follows is quoted
        elif visit.node.first_child is not None:  # else it is entered but never left
            self.depth += step * quoted
            self.preformatted += step * (tag == "pre")

    def _write(self, text: str) -> None:
        if not self.preformatted:
            self.line.append(_SPACE.sub(" ", text))
            return
        first, *others = text.split("\n")
        self.line.append(first)
        for other in others:
            self._end_line()
            self.line.append(other)

    def _picture(self, node: LexborNode) -> None:
        alternative = node.attributes.get("alt") or ""
        if len(alternative) <= _EMOJI_LENGTH:
            self.line.append(alternative)

    def _rule(self) -> None:
        self._end_block()
        self.line.append("_" * 32)
        self._end_line()

    def _end_block(self) -> None:
        if "".join(self.line).strip():
            self._end_line()
        self.line = []

    def _end_line(self) -> None:
        written = "".join(self.line)
        text = written.rstrip() if self.preformatted else re.sub(" {2,}", " ", written).strip()
        self.lines.append(("> " * min(self.depth, MAX_QUOTE_DEPTH) + text).rstrip())
        self.line = []


def _begins_history(attributes: Mapping[str, str | None]) -> bool:
    return _bare_id(attributes) in _HISTORY_BEGINS


def _is_quote(attributes: Mapping[str, str | None]) -> bool:
    classes = (attributes.get("class") or "").lower().split()
    return (
        not _QUOTE_CLASSES.isdisjoint(classes)
        or _bare_id(attributes) in _QUOTE_IDS
        or (attributes.get("name") or "").lower() in _QUOTE_NAMES
    )


def _bare_id(attributes: Mapping[str, str | None]) -> str:
    """Outlook on the web writes `x_` before the ids of what it quotes."""
    return (attributes.get("id") or "").lower().removeprefix("x_")
