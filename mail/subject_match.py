"""An answer that nothing but its sender and its subject ties to a letter: whether that misleads."""

from collections.abc import Collection
from datetime import datetime, timedelta

from mail.address import domain_of
from mail.correlation import is_token_key, letter_key, reply_keys
from mail.headers import Headers
from models.wait import AwaitedLetter

# The letter's date is another machine's, and servers tell arrivals in whole seconds.
_CLOCKS_APART = timedelta(minutes=1)
_ANSWERED = ("In-Reply-To", "References")


def is_of_another(
    headers: Headers, arrived: datetime, letter: AwaitedLetter, tokens: Collection[str], own_domain: str
) -> bool:
    """Whether an answer belongs elsewhere: it came before our letter, or names another letter of ours."""
    keys = set(reply_keys(headers))
    if not keys.isdisjoint({*tokens, *map(letter_key, letter.message_ids)}):
        return False
    answered = {domain_of(one.strip("<>")) for name in _ANSWERED for one in headers.message_ids(name)}
    return arrived < letter.since - _CLOCKS_APART or own_domain in answered or any(map(is_token_key, keys))
