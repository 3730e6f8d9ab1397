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

    _request: WaitForEmailFromUserRequest

    @workflow.run
    async def run(self, request: WaitForEmailFromUserInput) -> WaitResult:
        if isinstance(request, Continued):
            self._request = request.request
            self._resume(request.request, request.waited)
        else:
            self._request = request
            self._begin(request, (one.address for one in request.email_recipients), request.email_date)
            await self._look_first([request.bracketed_id], request.account, options.WAIT)
        return self._result(await self._await_answers())

    def _continue_as_new(self) -> NoReturn:
        workflow.continue_as_new(Continued(request=self._request, waited=self._waited))
