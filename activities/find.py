"""Finding messages, before anything is done to them."""

from temporalio import activity

from mail.accounts import Accounts
from models.find import FindRequest, FindResult


class FindActivities:
    """Messages that are looked for."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="find.messages")
    async def find(self, request: FindRequest) -> FindResult:
        """The messages that meet the criteria, newest first."""
        return await self._accounts.open(request.account).mailbox.find(request)
