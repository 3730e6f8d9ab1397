"""TXT records, for the keys of signatures (RFC 6376 §3.6.2)."""

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer

from mail.errors import ServerUnavailable

# A reply waits for its judgement; a slower server is taken for none.
LOOKUP_SECONDS = 5.0


async def txt_records(name: str) -> list[bytes]:
    """The TXT records of a name, none where there are none; ServerUnavailable when nobody knows."""
    try:
        answer = await Resolver().resolve(name, "TXT", lifetime=LOOKUP_SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise ServerUnavailable(f"DNS does not answer for {name}: {error}") from None
    return [b"".join(record.strings) for record in answer]
