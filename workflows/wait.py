"""Wait for Email from User."""

from typing import NoReturn

from temporalio import workflow

from activities import options
from models.wait import WaitForEmailFromUserRequest, WaitResult
from models.wait_state import Continued, WaitForEmailFromUserInput
from workflows.waiting import Waiting


@workflow.defn
class WaitForEmailFromUser(Waiting):
    """Wait until the recipients of a letter that has been sent have answered."""

    @workflow.run
    async def run(self, request: WaitForEmailFromUserInput) -> WaitResult:
        if isinstance(request, Continued):
            self._request = request.request
            self._resume(request.request, request.state)
        else:
            self._request = request
            await self._start(request)
        return self._result(await self._await_answers())

    async def _start(self, request: WaitForEmailFromUserRequest) -> None:
        self._begin(request, (one.address for one in request.email_recipients), request.email_date)
        self._letter = self._letter.model_copy(update={"message_ids": (bracketed(request.email_message_id),)})
        await self._look_first(options.WAIT)

    def _continue_as_new(self) -> NoReturn:
        workflow.continue_as_new(Continued(request=self._request, state=self._state))


def bracketed(message_id: str) -> str:
    """A Message-ID with its angle brackets, however it was written (RFC 5322 §3.6.4)."""
    return f"<{message_id.strip().strip('<>')}>"
