"""Style sheets moved into the elements they style: many mail readers drop the rest."""

import re

from css_inline import CSSInliner, InlineError

# Remote and local files alike stay unread: content must not make a worker open anything.
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
_STYLE = re.compile(r"<style[\s>]", re.IGNORECASE)
# css-inline walks the tree by recursion: 10,000 nested elements pass, 20,000 end the process.
_MOST_TAGS = 5000


def inlined(html: str) -> str:
    """The HTML with its style elements inlined; HTML without any, or too intricate, stays as it is."""
    if not _STYLE.search(html) or html.count("<") > _MOST_TAGS:
        return html
    try:
        return _INLINER.inline(html)
    except InlineError:
        return html  # a reader's CSS parser forgives more than this one
