"""Send a letter, then wait until everyone has answered."""

import asyncio
from typing import NoReturn

from temporalio import workflow

from activities import options
from models.send import SendEmailResult
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult
from models.wait import WaitStatus
from models.wait_state import Continued, SendEmailAndWaitInput
from workflows.send import letter_of, prepare, send
from workflows.waiting import Waiting


@workflow.defn
class SendEmailAndWait(Waiting):
    """Send a letter, then wait until everyone has answered."""

    def __init__(self) -> None:
        super().__init__()
        self._sent: SendEmailResult | None = None

    @workflow.run
    async def run(self, request: SendEmailAndWaitInput) -> SendEmailAndWaitResult:
        if isinstance(request, Continued):
            self._request, self._sent = request.request, request.state.sent
            self._resume(request.request, request.state)
        else:
            self._request = request
            await self._start(request)
        return self._result(await self._await_answers())

    async def _start(self, request: SendEmailAndWaitRequest) -> None:
        """Listen before sending: an answer cannot come too early, and what cannot work fails unsent."""
        letter = letter_of(request)
        self._begin(request, (one.address for one in request.recipients), letter.date)
        prepared = await prepare(letter, awaits_replies=True)
        self._subject = request.subject
        self._letter = self._letter.model_copy(
            update={"account": prepared.account, "message_ids": (prepared.message_id,)}
        )
        await self._look_first(options.IMAP)
        try:
            self._sent = await send(request, letter, prepared, show_id=True)
        except (Exception, asyncio.CancelledError):
            await self._release()
            raise
        self._conversation.refuse(self._sent.refused)

    def _continue_as_new(self) -> NoReturn:
        state = self._state.model_copy(update={"sent": self._sent})
        workflow.continue_as_new(Continued(request=self._request, state=state))

    def _result(self, status: WaitStatus) -> SendEmailAndWaitResult:
        return SendEmailAndWaitResult(**dict(super()._result(status)), sent=self._sent)
