"""Style sheets moved into the elements they style: many mail readers drop the rest."""

import re
from collections import Counter

from css_inline import CSSInliner, InlineError

# Remote and local files alike stay unread: content must not make a worker open anything.
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
_STYLE = re.compile(r"<style[\s>]", re.IGNORECASE)
# css-inline walks the tree by recursion: 10,000 nested elements pass, 20,000 end the process.
_MOST_TAGS = 5000
# HTML parsers open these again in each block until they are closed: 2,500 tags became 50 MB in 8 s.
_FORMATTING = re.compile(r"<(/?)(a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE)
_MOST_OPEN = 50


def inlined(html: str) -> str:
    """The HTML with its style elements inlined; HTML without any, or too intricate, stays as it is."""
    if not _STYLE.search(html) or html.count("<") > _MOST_TAGS or _is_tangled(html):
        return html
    try:
        return _INLINER.inline(html)
    except InlineError:
        return html  # a reader's CSS parser forgives more than this one


def _is_tangled(html: str) -> bool:
    still_open: Counter[str] = Counter()
    for closing, name in _FORMATTING.findall(html.lower()):
        still_open[name] = max(0, still_open[name] + (-1 if closing else 1))
        if still_open.total() > _MOST_OPEN:
            return True
    return False
