"""Who has answered: the awaited address, or somebody on its behalf who has the letter that was sent to it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mail.address import normal_address
from mail.correlation import is_token_key, reply_keys
from mail.headers import Headers


@dataclass(frozen=True, slots=True)
class Author:
    """The awaited address that an answer counts for; empty = none of them."""

    recipient: str = ""
    on_behalf: bool = False


def author_of(
    headers: Headers, recipients: Collection[str], tokens: Mapping[str, str], *, accept_on_behalf: bool
) -> Author:
    """Whom this answer counts for; `tokens` are our letter's, each with the one whom it was sent to alone, or ""."""
    by_address = {normal_address(recipient): recipient for recipient in recipients}
    senders = (normal_address(sender.address) for sender in headers.addresses("From"))
    sender = next((by_address[one] for one in senders if one in by_address), "")
    holder = _holder(headers, recipients, tokens)
    # A From can be written by anybody, the token by nobody but who has the letter.
    if holder in {"", sender}:
        return Author(sender)
    return Author(holder, on_behalf=True) if accept_on_behalf else Author()


def addressee_of(keys: Collection[str], tokens: Mapping[str, str]) -> str:
    """Whom the letter of one of these keys was sent to alone; empty = nobody, or to several."""
    return next((tokens[key] for key in keys if tokens.get(key)), "")


def has_foreign_token(headers: Headers, tokens: Collection[str]) -> bool:
    """Whether it was sent to a signed address that is none of our letter's: a forgery, or another letter's."""
    carried = {key for key in reply_keys(headers) if is_token_key(key)}
    return bool(tokens) and bool(carried) and carried.isdisjoint(tokens)


def _holder(headers: Headers, recipients: Collection[str], tokens: Mapping[str, str]) -> str:
    """Whose letter the token proves; of a letter to several, only where one of them is awaited."""
    proven = [key for key in reply_keys(headers) if key in tokens]
    if addressee := addressee_of(proven, tokens):
        return addressee if addressee in recipients else ""
    return next(iter(recipients)) if proven and len(recipients) == 1 else ""
