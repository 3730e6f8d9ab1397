"""Sending: check, hand over once, file a copy."""

from enum import StrEnum

from temporalio import activity

from activities.heartbeat import Pulse, current_pulse
from activities.search_attributes import SearchAttributes
from mail.accounts import Accounts
from mail.errors import MailError, SendOutcomeUnknown, ServerUnavailable
from mail.open_account import OpenAccount
from models.request import Message
from models.send import DeliverRequest, Delivery, Filing, PreparedLetter, PrepareRequest


class Stage(StrEnum):
    """How far an attempt has come."""

    HANDING_OVER = "handing over"  # the final dot may be on the wire, and the letter in the server's hands
    NOT_TAKEN = "not taken"  # the server has said so, or the dot was never sent
    HANDED_OVER = "handed over"  # the server has answered for it


class Progress(Message):
    """What an attempt leaves for the next one, should its worker die."""

    stage: Stage
    delivery: Delivery = Delivery()  # while handing over: who would have the letter


class SendActivities:
    """Letters that go out."""

    def __init__(self, accounts: Accounts, search_attributes: SearchAttributes) -> None:
        self._accounts = accounts
        self._search_attributes = search_attributes

    @activity.defn(name="send.prepare")
    async def prepare(self, request: PrepareRequest) -> PreparedLetter:
        """Check all that can be checked before anything is sent, and name the letter."""
        account = self._accounts.open(request.letter.account)
        if request.awaits_replies:
            _ = account.mailbox  # an account without one must not send a letter that nobody waits for
        return PreparedLetter(
            account=account.name,
            message_id=await account.check(request.letter),
            has_search_attributes=await self._search_attributes.usable(),
        )

    @activity.defn(name="send.deliver")
    async def deliver(self, request: DeliverRequest) -> Delivery:
        """Hand the letter over; a later attempt first finds out what the earlier one did."""
        handover = _Handover(self._accounts.open(request.letter.account), request, current_pulse())
        return await handover.finished_before() or await handover.carry_out()

    @activity.defn(name="send.file_copy")
    async def file_copy(self, request: DeliverRequest) -> Filing:
        """Put a copy into Sent unless one is there already."""
        account = self._accounts.open(request.letter.account)
        return await account.file_copy(request.letter, request.message_id)


class _Handover:
    """One attempt to hand a letter over, which knows of those before it."""

    def __init__(self, account: OpenAccount, request: DeliverRequest, pulse: Pulse) -> None:
        self._account = account
        self._request = request
        self._pulse = pulse
        self._begun: Delivery | None = None

    async def finished_before(self) -> Delivery | None:
        """What an earlier attempt has reached; None = it is safe, or wanted, to send."""
        beats = activity.info().heartbeat_details
        if not beats:
            return None
        left = Progress.model_validate(beats[0])
        match left.stage:
            case Stage.HANDED_OVER:
                return left.delivery
            case Stage.NOT_TAKEN:
                return None
            case Stage.HANDING_OVER:
                return await self._found_out(left.delivery)

    async def carry_out(self) -> Delivery:
        """Hand the letter over; an outcome that stays unknown is never taken for a failure."""
        try:
            delivery = await self._deliver()
        except SendOutcomeUnknown as error:
            proven = await self._found_out(self._begun or Delivery())
            if proven is None:
                raise ServerUnavailable(f"{error.message}; it is sent again, as the request wants it") from error
            return proven
        except MailError as error:
            await self._take_back(error)
            raise
        self._pulse.record(Progress(stage=Stage.HANDED_OVER, delivery=delivery))
        return delivery

    async def _deliver(self) -> Delivery:
        request = self._request
        return await self._account.deliver(
            request.letter, request.message_id, only=request.only, before_end=self._begin
        )

    async def _begin(self, delivery: Delivery) -> None:
        """Nothing but the final dot is left: from here on the next attempt must not send blindly."""
        self._begun = delivery
        await self._pulse.confirm(Progress(stage=Stage.HANDING_OVER, delivery=delivery))

    async def _take_back(self, error: MailError) -> None:
        """The server did not take the letter after all, so that the next attempt may send it."""
        if self._begun is not None and error.retryable:
            await self._pulse.confirm(Progress(stage=Stage.NOT_TAKEN))

    async def _found_out(self, delivery: Delivery) -> Delivery | None:
        """A server that files its own copies shows in Sent that it took the letter (RFC 5321 §4.5.5 leaves it open)."""
        request = self._request
        # The copy of those who were served at once would prove nothing for those who are served later.
        if not request.only and await self._account.is_in_sent(request.message_id):
            return delivery
        if request.on_unknown == "resend":
            return None
        raise SendOutcomeUnknown(
            "the connection was lost while the server had the letter in hand; it may or may not have been delivered",
            message_id=request.message_id,
            subject=request.letter.subject,
            recipients=list(delivery.accepted),
            refused=[one.model_dump() for one in delivery.refused + delivery.deferred],
        )
