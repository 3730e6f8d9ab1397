"""Presenting an access token: OAUTHBEARER (RFC 7628) and its elder XOAUTH2, and what a server says against it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass, field

from models.json import is_object

MECHANISMS = ("OAUTHBEARER", "XOAUTH2")
# Some servers explain themselves at length.
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Bearer:
    """One mechanism's words, as they go over the wire in base64."""

    mechanism: str
    response: str = field(repr=False)
    # A refused token is answered by a challenge, and the server says no only after this.
    dismissal: str


def bearer(username: str, token: str, host: str, port: int, offered: Collection[str]) -> Bearer | None:
    """How to present the token where these mechanisms are offered; None where none of them takes tokens."""
    if "OAUTHBEARER" in offered:  # the standard, which Google documents as well; Microsoft has XOAUTH2 alone
        # RFC 5801 §4: the name stands between commas.
        name = username.replace("=", "=3D").replace(",", "=2C")
        said = f"n,a={name},\1host={host}\1port={port}\1auth=Bearer {token}\1\1"
        return Bearer("OAUTHBEARER", _encoded(said), _encoded("\1"))
    if "XOAUTH2" in offered:
        return Bearer("XOAUTH2", _encoded(f"user={username}\1auth=Bearer {token}\1\1"), "")
    return None


def reason_of(challenge: str) -> str:
    """What a refused token's challenge tells, such as "status: invalid_token"; empty where it tells nothing."""
    try:
        told = json.loads(b64decode(challenge, validate=True))
    except (ValueError, RecursionError):
        return ""
    if not is_object(told):
        return ""
    words = ", ".join(f"{name}: {value}" for name, value in told.items() if isinstance(value, str))
    return " ".join(words.split())[:_LONGEST_REASON]


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")
