"""Words of others in Markdown, as Temporal's UI shows it."""

_SPECIAL = "\\|[]()<>*_`!#~&"


def plain(text: str) -> str:
    """What strangers wrote must not become a table, a link or an image: it is shown as it stands, in one line."""
    escaped = "".join(f"\\{char}" if char in _SPECIAL else char for char in " ".join(text.split()))
    return escaped.replace("://", "\\://")  # an address becomes a link by itself
