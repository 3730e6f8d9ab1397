"""TXT records, for the keys of signatures (RFC 6376 §3.6.2)."""

from collections.abc import Callable

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, LRUCache, NoAnswer

from mail.errors import ServerUnavailable

# A reply waits for its judgement; a slower server is taken for none.
LOOKUP_SECONDS = 5.0
# The domains that answer one desk; senders choose the names, so that there must be an end.
_REMEMBERED_NAMES = 1000


class TxtRecords:
    """Looks names up and remembers each answer for as long as its zone allows."""

    def __init__(self, resolver: Callable[[], Resolver] = Resolver) -> None:
        self._resolver = resolver
        self._cache = LRUCache(_REMEMBERED_NAMES)

    async def __call__(self, name: str) -> list[bytes]:
        """The TXT records of a name, none where there are none; ServerUnavailable when nobody knows."""
        try:
            resolver = self._resolver()  # each time anew: a machine's name servers change
            resolver.cache = self._cache
            answer = await resolver.resolve(name, "TXT", lifetime=LOOKUP_SECONDS)
        except (NXDOMAIN, NoAnswer):
            return []
        except DNSException as error:
            raise ServerUnavailable(f"DNS does not answer for {name}: {error}") from None
        return [b"".join(record.strings) for record in answer]
