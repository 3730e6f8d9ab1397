"""Send a letter, then wait until everyone has answered."""

import asyncio
from typing import NoReturn

from temporalio import workflow

from activities import options
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult
from models.wait import WaitStatus
from models.wait_state import Continued, SendEmailAndWaitInput
from workflows.letters import addressees_of, orders_of
from workflows.mailbox import release
from workflows.send import letter_of, prepare, send
from workflows.waiting import Waiting


@workflow.defn
class SendEmailAndWait(Waiting):
    """Send a letter, then wait until everyone has answered."""

    _request: SendEmailAndWaitRequest

    @workflow.run
    async def run(self, request: SendEmailAndWaitInput) -> SendEmailAndWaitResult:
        if isinstance(request, Continued):
            self._request = request.request
            self._resume(request.request, request.waited)
        else:
            self._request = request
            await self._start(request)
        return self._result(await self._await_answers())

    async def _start(self, request: SendEmailAndWaitRequest) -> None:
        """Listen before sending: an answer cannot come too early, and what cannot work fails unsent."""
        letter = letter_of(request)
        self._begin(request, (one.address for one in request.recipients), letter.date)
        self._wait.subject = request.subject
        prepared = await prepare(letter, awaits_replies=True)
        orders = orders_of(request, letter, prepared)
        self._identify(subject=request.subject, addressees=addressees_of(orders))
        await self._look_first([order.message_id for order in orders], prepared.account, options.IMAP)
        try:
            self._wait.sent = await send(request, letter, prepared, show_id=True)
        except (Exception, asyncio.CancelledError):
            await release(self._wait.letter)
            raise
        # Without a server's code nobody knows whether the letter has arrived: an answer would tell.
        self._conversation.refuse(one for one in self._wait.sent.refused if one.code)
        self._learn(self._wait.sent.renamed)

    def _learn(self, renamed: dict[str, str]) -> None:
        """Answers name the letter as the sending service does: look for those, and be told of them, from now on."""
        for ours, theirs in renamed.items():
            self._wait.letter = self._wait.letter.with_letters(
                theirs, addressee=self._wait.letter.addressees.get(ours, "")
            )
            self._wait.next_look = workflow.now()

    def _continue_as_new(self) -> NoReturn:
        workflow.continue_as_new(Continued(request=self._request, waited=self._waited))

    def _result(self, status: WaitStatus) -> SendEmailAndWaitResult:
        return SendEmailAndWaitResult(**dict(super()._result(status)), sent=self._wait.sent)
