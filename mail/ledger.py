"""What becomes of an account's letters, in figures."""

from collections.abc import Awaitable

from mail.errors import MailError, MessageRejected, SendOutcomeUnknown, ServerUnavailable
from mail.metrics import REFUSALS, SENDS, Meter
from models.send import Delivery

_OUTCOMES: dict[type[MailError], str] = {
    MessageRejected: "refused",
    ServerUnavailable: "postponed",
    SendOutcomeUnknown: "unknown",
}


class Ledger:
    """Enters every attempt to hand a letter over."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        # Prometheus sees no increase in a counter that begins with its first event.
        for outcome in ("taken", "failed", *_OUTCOMES.values()):
            meter.record(SENDS, 0, outcome=outcome)
        for reason in ("for good", "for now"):
            meter.record(REFUSALS, 0, reason=reason)

    async def enter(self, attempt: Awaitable[Delivery]) -> Delivery:
        """Make the attempt, and enter what came of it."""
        try:
            delivery = await attempt
        except MailError as error:
            self._meter.record(SENDS, outcome=_OUTCOMES.get(type(error), "failed"))
            raise
        self._meter.record(SENDS, outcome=_outcome(delivery))
        self._meter.record(REFUSALS, len(delivery.refused), reason="for good")
        self._meter.record(REFUSALS, len(delivery.deferred), reason="for now")
        return delivery


def _outcome(delivery: Delivery) -> str:
    if delivery.accepted:
        return "taken"
    return "postponed" if delivery.deferred else "refused"
