"""A reply in a thread: to whom it goes, and how it hangs on the message it answers."""

from collections.abc import Iterable, Iterator

from mail.account import Account
from mail.address import HeaderAddress, normal_address
from mail.errors import InvalidContent
from mail.field import is_plain_id
from mail.headers import Headers
from mail.mailbox import Mailbox
from mail.original import find_original, open_original
from mail.reply_subject import reply_subject
from mail.reply_tokens import ReplyTokens
from models.address import Address
from models.thread_reply import AddressedReply, AddressReplyRequest


async def address_reply(mailbox: Mailbox, account: Account, request: AddressReplyRequest) -> AddressedReply:
    """Find the message and work out who gets the answer."""
    pointer = await find_original(mailbox, request.message_id, request.folders)
    async with open_original(mailbox, pointer) as original:
        message = await original.fetch("BODY.PEEK[HEADER]")
    return addressed_reply(Headers.read(message.sections.get("HEADER", b"")), request, account)


def addressed_reply(headers: Headers, request: AddressReplyRequest, account: Account) -> AddressedReply:
    """The answer to a message with this header; InvalidRequest where nobody would get it."""
    to, cc = _People(headers, account).of(request)
    if not to and not cc:
        raise InvalidContent(
            f"nobody is left to reply to: {headers.message_id} names no address but our own",
            message_id=headers.message_id,
        )
    return AddressedReply(
        subject=reply_subject(headers.subject),
        recipients=to,
        cc=cc,
        in_reply_to=headers.message_id if is_plain_id(headers.message_id) else "",
        references=references(headers),
        thread_index=next(iter(headers.raw("Thread-Index")), ""),
    )


def references(headers: Headers) -> tuple[str, ...]:
    """The References of an answer (RFC 5322 §3.6.4): the message's own, or its one In-Reply-To, then itself."""
    chain = headers.message_ids("References")
    parents = headers.message_ids("In-Reply-To")
    if not chain and len(parents) == 1:
        chain = parents
    ids = (*(one for one in chain if one != headers.message_id), headers.message_id)
    return tuple(filter(is_plain_id, ids))


class _People:
    """Those whom a message names, without us."""

    def __init__(self, headers: Headers, account: Account) -> None:
        self._headers = headers
        self._own = {normal_address(one) for one in (account.address, *account.aliases)}
        self._tokens = ReplyTokens(account)

    def of(self, request: AddressReplyRequest) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
        """To and Cc of the answer, each address once."""
        to = [*self._answered(), *(self._named("To") if request.reply_all else ())]
        cc = self._named("Cc") if request.reply_all else ()
        if request.reply_to and not request.reply_all:
            to = [one for one in request.reply_to if not self._is_ours(one.address)]
        first, second = _by_address(to), _by_address(cc)
        return tuple(first.values()), tuple(one for key, one in second.items() if key not in first)

    def _answered(self) -> tuple[Address, ...]:
        """Whom the message asks to answer; our own letters are answered to those who got them."""
        if self._is_own:
            return self._named("To")
        return self._named("Reply-To") or self._named("From")

    @property
    def _is_own(self) -> bool:
        authors = self._headers.addresses("From")
        return bool(authors) and all(self._is_ours(one.address) for one in authors)

    def _named(self, field: str) -> tuple[Address, ...]:
        return tuple(_addresses(one for one in self._headers.addresses(field) if not self._is_ours(one.address)))

    def _is_ours(self, address: str) -> bool:
        return normal_address(self._tokens.untagged(address)) in self._own


def _by_address(mailboxes: Iterable[Address]) -> dict[str, Address]:
    first: dict[str, Address] = {}
    for one in mailboxes:
        first.setdefault(normal_address(one.address), one)
    return first


def _addresses(found: Iterable[HeaderAddress]) -> Iterator[Address]:
    """Those to which a letter can go; a name that cannot be written is left out."""
    for one in found:
        name = one.name.replace("=?", "= ?")
        for mailbox in (Address(address=one.address, name=name), Address(address=one.address)):
            try:
                yield Address.parse(str(mailbox))
            except ValueError:
                continue
            break
