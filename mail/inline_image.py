"""Files that HTML shows: `cid:` and a Content-ID (RFC 2392), or a file's own name as people write it."""

import re
from collections.abc import Callable, Collection
from hashlib import sha256
from html import unescape
from urllib.parse import unquote

from mail.address import domain_of

# Where HTML and its styles name a file: src="cid:…", url(cid:…).
_NAMED = re.compile(
    r"""(?P<before>(?P<quote>["'(]|&quot;)\s*|=\s*)cid:"""
    r"""(?P<name>(?:(?!&quot;)(?(quote)[^"'()<>]|[^\s"'()<>])){1,1000})""",
    re.IGNORECASE,
)
# What a Content-ID can be written as without being encoded.
_CONTENT_ID = re.compile(r"[!-;=?-~]{1,900}")
# Enough of a digest that no two files of a letter share one.
_DIGITS = 24


def content_id(filename: str, message_id: str) -> str:
    """The Content-ID that a file of this name has in this letter; nobody can guess it beforehand."""
    digest = sha256(f"{filename}\n{message_id}".encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return f"{digest}@{domain_of(message_id.strip('<>'))}"


def with_content_ids(html: str, filenames: Collection[str], message_id: str) -> str:
    """The HTML with `cid:name.png` naming the Content-ID of that file; other names stay as they are."""

    def name(found: re.Match[str]) -> str:
        filename = next((one for one in _readings(found["name"]) if one in filenames), None)
        return f"{found['before']}cid:{content_id(filename, message_id)}" if filename else found[0]

    return _NAMED.sub(name, html)


def shown_in(html: str) -> Callable[[str], bool]:
    """Whether a Content-ID is named by this HTML."""
    named = {reading for found in _NAMED.finditer(html) for reading in _readings(found["name"])}
    return lambda one: one in named and bool(_CONTENT_ID.fullmatch(one))


def _readings(written: str) -> tuple[str, ...]:
    plain = unescape(written).strip()
    return (plain, unquote(plain))
