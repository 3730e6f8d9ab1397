"""Send a letter, then wait until everyone has answered."""

import asyncio
from typing import NoReturn

from temporalio import workflow

from activities import options
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult
from models.wait import WaitStatus
from models.wait_state import Continued, SendEmailAndWaitInput
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
        await self._look_first(prepared.message_id, prepared.account, options.IMAP)
        try:
            self._wait.sent = await send(request, letter, prepared, show_id=True)
        except (Exception, asyncio.CancelledError):
            await self._release()
            raise
        self._conversation.refuse(self._wait.sent.refused)

    def _continue_as_new(self) -> NoReturn:
        workflow.continue_as_new(Continued(request=self._request, waited=self._waited))

    def _result(self, status: WaitStatus) -> SendEmailAndWaitResult:
        return SendEmailAndWaitResult(**dict(super()._result(status)), sent=self._wait.sent)
