"""Names looked up: remembered as long as the zone allows, and no longer waited for than a reply can."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from dns.asyncresolver import Resolver
from dns.flags import AA, QR
from dns.message import Message, from_wire, make_response
from dns.rcode import NOERROR, NXDOMAIN, SERVFAIL, Rcode
from dns.rrset import from_text

from mail.dns import TxtRecords
from mail.errors import ServerUnavailable

NAME = "mail._domainkey.example.org."


class NameServer(asyncio.DatagramProtocol):
    """Answers what it knows and counts what it was asked."""

    def __init__(self, ttl: int = 60, *texts: str, rcode: Rcode = NOERROR) -> None:
        self.ttl, self.texts, self.rcode = ttl, texts, rcode
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        self.transport.sendto(self._answer(from_wire(data)).to_wire(), addr)

    def _answer(self, query: Message) -> Message:
        answer = make_response(query)
        answer.flags |= AA | QR
        answer.set_rcode(self.rcode)
        if self.texts:
            answer.answer.append(from_text(NAME, self.ttl, "IN", "TXT", *self.texts))
        return answer


@asynccontextmanager
async def asking(server: NameServer) -> AsyncGenerator[TxtRecords, None]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, ("127.0.0.1", 0))

    def resolver() -> Resolver:
        one = Resolver(configure=False)
        one.nameservers, one.port = ["127.0.0.1"], transport.get_extra_info("sockname")[1]
        return one

    try:
        yield TxtRecords(resolver)
    finally:
        transport.close()


async def test_an_answer_is_remembered() -> None:
    """Its strings are one text; the second question costs nothing."""
    async with asking(server := NameServer(60, '"v=DKIM1; " "p=AAAA"')) as records:
        assert [await records(NAME), await records(NAME)] == [[b"v=DKIM1; p=AAAA"]] * 2
    assert server.asked == 1


async def test_an_answer_is_forgotten_when_the_zone_says_so() -> None:
    """A key may have been withdrawn."""
    async with asking(server := NameServer(0, '"v=DKIM1"')) as records:
        assert [await records(NAME), await records(NAME)] == [[b"v=DKIM1"]] * 2
    assert server.asked == 2


@pytest.mark.parametrize("rcode", [NOERROR, NXDOMAIN])
async def test_a_name_without_records_has_none(rcode: Rcode) -> None:
    """Whether or not the name exists."""
    async with asking(NameServer(rcode=rcode)) as records:
        assert await records(NAME) == []


async def test_a_server_that_knows_nothing_is_unavailable() -> None:
    """That is not the same as no record."""
    async with asking(NameServer(rcode=SERVFAIL)) as records:
        with pytest.raises(ServerUnavailable, match="DNS does not answer"):
            await records(NAME)
