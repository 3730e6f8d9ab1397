"""Where an account hands its letters in."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from mail.account import Account
from mail.composer import compose, is_smtputf8
from mail.envelope import forbidden_recipients
from mail.errors import RecipientForbidden
from mail.letter import Letter
from mail.metrics import SENDS_WAITING, SILENT, Headcount, Meter
from mail.pace import Pace
from mail.smtp.greeting import Greeting
from mail.smtp.pool import SmtpPool
from mail.smtp.reply import Reply
from mail.smtp.transaction import BeforeEnd
from models.address import Address
from models.send import Delivery


class Outbox:
    """Sends the letters of one account, to allowed domains only (none given = all are allowed)."""

    def __init__(
        self,
        account: Account,
        pool: SmtpPool,
        *,
        allowed_recipient_domains: Sequence[str] = (),
        meter: Meter = SILENT,
    ) -> None:
        self.account = account
        self._pool = pool
        self._pace = Pace(account.smtp.messages_per_minute if account.smtp else None)
        self._queue = Headcount(meter, SENDS_WAITING)
        self._allowed = tuple(allowed_recipient_domains)

    async def deliver(
        self,
        letter: Letter,
        recipients: Sequence[Address | str],
        *,
        envelope_sender: str,
        before_end: BeforeEnd | None = None,
        after_data: Callable[[Delivery], None] | None = None,
    ) -> Delivery:
        """Send the letter to these recipients, whomever its header names.

        `before_end` is called when the letter is about to leave for good, `after_data` as soon as the server
        has taken it.
        """
        envelope = _distinct(recipients)
        self._refuse_forbidden(envelope)
        self.refuse_early()
        async with AsyncExitStack() as stack:
            with self._queue:
                await self._pace.turn()
                raw = await asyncio.to_thread(compose, letter)
                session = await stack.enter_async_context(self._pool.session())
            delivery = await session.deliver(
                raw, envelope_sender, envelope, smtputf8=is_smtputf8(letter), before_end=before_end
            )
            if after_data is not None and delivery.accepted:
                after_data(delivery)
            self._slow_down(delivery)
        return delivery

    async def ping(self) -> Greeting:
        """Enter the server, or make sure that it still listens, and tell what it says of itself."""
        async with self._pool.session() as session:
            await session.noop()
            return session.greeting

    def refuse_early(self) -> None:
        """Raise ServerUnavailable while the server wants to be left alone, or too many wait for it already."""
        self._pool.refuse_early()

    def _slow_down(self, delivery: Delivery) -> None:
        """Many servers limit their clients' rate when they hear of a recipient."""
        for one in delivery.deferred:
            if (pause := Reply(one.code, one.message).pause) is not None:
                self._pool.entrance.work.begin(one.message, pause)
                return

    def _refuse_forbidden(self, recipients: Sequence[str]) -> None:
        if forbidden := forbidden_recipients(recipients, self._allowed):
            raise RecipientForbidden(
                f"policy.allowed_recipient_domains does not allow letters to {', '.join(forbidden)}",
                recipients=list(forbidden),
            )


def _distinct(recipients: Sequence[Address | str]) -> tuple[str, ...]:
    """Bare addresses, each once: a server would deliver a letter to To and Cc twice."""
    return tuple(dict.fromkeys(one.address if isinstance(one, Address) else one for one in recipients))
