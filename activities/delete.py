"""Deleting messages: how the server can do it, then exactly the messages that were found."""

from temporalio import activity

from mail.accounts import Accounts
from mail.delete import delete, disposal
from models.delete import Deleted, DeleteRequest, Disposal


class DeleteActivities:
    """Messages that go away."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="delete.disposal")
    async def disposal(self, account: str) -> Disposal:
        """How messages are deleted on the account's server."""
        async with self._accounts.open(account).mailbox.session() as session:
            return await disposal(session)

    @activity.defn(name="delete.messages")
    async def delete(self, request: DeleteRequest) -> Deleted:
        """Delete messages; a later attempt reports what an earlier one did."""
        async with self._accounts.open(request.account).mailbox.session() as session:
            return await delete(session, request)
