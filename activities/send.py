"""Sending: check, hand over once, file a copy."""

from enum import StrEnum
from typing import NoReturn

from temporalio import activity

from activities.heartbeat import Pulse, pulse
from mail.accounts import Accounts
from mail.errors import SendOutcomeUnknown
from mail.open_account import OpenAccount
from models.request import Message
from models.send import DeliverRequest, Delivery, Filing, PreparedLetter, PrepareRequest


class Stage(StrEnum):
    """How far an attempt has come."""

    HANDING_OVER = "handing over"  # the letter itself may be on the wire
    HANDED_OVER = "handed over"  # the server has answered for it


class Progress(Message):
    """What an attempt leaves for the next one, should its worker die."""

    stage: Stage
    delivery: Delivery | None = None


class SendActivities:
    """Letters that go out."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="send.prepare")
    async def prepare(self, request: PrepareRequest) -> PreparedLetter:
        """Check all that can be checked before anything is sent, and name the letter."""
        account = self._accounts.open(request.letter.account)
        if request.awaits_replies:
            _ = account.mailbox  # an account without one must not send a letter that nobody waits for
        return PreparedLetter(account=account.name, message_id=await account.check(request.letter))

    @activity.defn(name="send.deliver")
    async def deliver(self, request: DeliverRequest) -> Delivery:
        """Hand the letter over; a later attempt first finds out what the earlier one did."""
        account = self._accounts.open(request.letter.account)
        async with pulse() as beating:
            earlier = await _earlier_delivery(account, request)
            return earlier or await _hand_over(account, request, beating)

    @activity.defn(name="send.file_copy")
    async def file_copy(self, request: DeliverRequest) -> Filing:
        """Put a copy into Sent unless one is there already."""
        account = self._accounts.open(request.letter.account)
        return Filing(folder=await account.file_copy(request.letter, request.message_id))


async def _hand_over(account: OpenAccount, request: DeliverRequest, beating: Pulse) -> Delivery:
    try:
        delivery = await account.deliver(
            request.letter,
            request.message_id,
            only=request.only,
            before_data=lambda: beating.record(Progress(stage=Stage.HANDING_OVER)),
        )
    except SendOutcomeUnknown:
        return await _proof_of_delivery(account, request)
    beating.record(Progress(stage=Stage.HANDED_OVER, delivery=delivery))
    return delivery


async def _earlier_delivery(account: OpenAccount, request: DeliverRequest) -> Delivery | None:
    """What an earlier attempt has reached: None = nothing has left, it is safe to send."""
    if activity.info().attempt == 1:
        return None
    beats = activity.info().heartbeat_details
    if not beats:
        return None
    progress = Progress.model_validate(beats[0])
    return progress.delivery or await _proof_of_delivery(account, request)


async def _proof_of_delivery(account: OpenAccount, request: DeliverRequest) -> Delivery:
    """A server that files its own copies shows in Sent that it took the letter (RFC 5321 §4.5.5 leaves it open)."""
    if request.only or not await account.is_in_sent(request.message_id):
        _outcome_unknown(request)
    return Delivery(accepted=tuple(recipient.address for recipient in request.letter.everybody))


def _outcome_unknown(request: DeliverRequest) -> NoReturn:
    raise SendOutcomeUnknown(
        "the connection was lost while the server had the letter in hand; it may or may not have been delivered",
        message_id=request.message_id,
        subject=request.letter.subject,
    )
