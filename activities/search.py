"""Searching mailboxes; nothing in them changes."""

from temporalio import activity

from mail.accounts import Accounts
from mail.search import search
from models.find import FindRequest
from models.search import EmailsFound


class SearchActivities:
    """Messages for people and playbooks to read."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="search.emails")
    async def search(self, request: FindRequest) -> EmailsFound:
        """The newest messages that meet the criteria, no more than a result carries."""
        account = self._accounts.open(request.account)
        return await search(account.mailbox, account.name, request)
