"""The letters of one request: one for everybody, or one for each recipient."""

from collections.abc import Iterable

from models.address import Address
from models.send import DeliverRequest, LetterRequest, PreparedLetter, SendingArguments
from workflows.ids import letter_identity


def orders_of(request: SendingArguments, letter: LetterRequest, prepared: PreparedLetter) -> tuple[DeliverRequest, ...]:
    """What is handed in; all that can be refused was refused when the letter was prepared for everybody."""
    whole = DeliverRequest(letter=letter, message_id=prepared.message_id, on_unknown=request.on_unknown)
    if not letter.one_letter_per_recipient:
        return (whole,)
    return tuple(_to(recipient, whole) for recipient in letter.recipients)


def addressees_of(orders: Iterable[DeliverRequest]) -> dict[str, str]:
    """Of the letters that go to one recipient alone: Message-ID, recipient."""
    return {
        order.message_id: order.letter.recipients[0].address
        for order in orders
        if order.letter.one_letter_per_recipient
    }


def _to(recipient: Address, whole: DeliverRequest) -> DeliverRequest:
    """The same letter to one recipient, under an id that is the same however often it is made."""
    identity = letter_identity(f"letter to {recipient.address}")
    alone = whole.letter.model_copy(update={"identity": identity, "recipients": (recipient,)})
    message_id = whole.message_id.replace(whole.letter.identity, identity)
    return whole.model_copy(update={"letter": alone, "message_id": message_id})
