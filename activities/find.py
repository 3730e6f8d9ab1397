"""Finding messages, before anything is done to them."""

from temporalio import activity

from activities.search_attributes import SearchAttributes
from mail.accounts import Accounts
from models.find import FindRequest, FindResult


class FindActivities:
    """Messages that are looked for."""

    def __init__(self, accounts: Accounts, search_attributes: SearchAttributes) -> None:
        self._accounts = accounts
        self._search_attributes = search_attributes

    @activity.defn(name="find.messages")
    async def find(self, request: FindRequest) -> FindResult:
        """The messages that meet the criteria, newest first."""
        found = await self._accounts.open(request.account).mailbox.find(request)
        return found.model_copy(update={"has_search_attributes": await self._search_attributes.usable()})
