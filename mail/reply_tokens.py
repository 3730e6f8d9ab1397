"""The signed addresses of one account: what its letters are answered to, and what proves whom a message answers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mail.account import Account
from mail.address import domain_of
from mail.correlation import reply_token, tagged_address, token_key, untagged_address


@dataclass(frozen=True, slots=True)
class ReplyTokens:
    """Which tokens an account's letters carry and where; `off` unless the account has a key for them."""

    account: Account

    def reply_to(self, message_id: str) -> str:
        """The address that a letter is answered to; empty = where it comes from."""
        return "" if self.account.signed_addresses == "off" else self._tagged(self._newest(message_id))

    def envelope_sender(self, message_id: str) -> str:
        """Where reports go: the tagged address maps every one of them, whatever is left of the letter in it."""
        verp = self.account.signed_addresses == "verp"
        return self._tagged(self._newest(message_id)) if verp else self.account.address

    def keys(self, message_ids: Iterable[str]) -> tuple[str, ...]:
        """The keys that only somebody who has got these letters can know."""
        return tuple(token_key(token) for one in message_ids for token in self._tokens(one))

    def addresses(self, message_ids: Iterable[str]) -> tuple[str, ...]:
        """Our addresses as these letters wrote them."""
        return tuple(self._tagged(token) for one in message_ids for token in self._tokens(one))

    def proves_reports(self, message_id: str) -> bool:
        """Whether every true report about this letter has the token: those of letters that others sent have none."""
        ours = re.fullmatch(r"<[0-9a-f]{32}@(.+)>", message_id)
        own_domain = domain_of(self.account.address)
        return self.account.signed_addresses == "verp" and ours is not None and ours[1].lower() == own_domain

    def untagged(self, address: str) -> str:
        """The address without a token; one at the domain for tokens is the account's own."""
        plain = untagged_address(address)
        return self.account.address if plain.startswith("@") else plain

    def _tagged(self, token: str) -> str:
        account = self.account
        return tagged_address(
            account.address, token, separator=account.reply_token_separator, domain=account.reply_token_domain
        )

    def _newest(self, message_id: str) -> str:
        return next(self._tokens(message_id))

    def _tokens(self, message_id: str) -> Iterator[str]:
        """Under the key that signs, then under those that did: answers may take weeks."""
        if self.account.signed_addresses == "off":
            return
        for key in filter(None, (self.account.reply_token_key, *self.account.reply_token_keys)):
            yield reply_token(key.get_secret_value().encode(), message_id)
