"""Replying: find the message that is answered."""

from temporalio import activity

from mail.accounts import Accounts
from models.thread_reply import AddressedReply, AddressReplyRequest


class ThreadReplyActivities:
    """Messages that are answered."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="thread_reply.address")
    async def address(self, request: AddressReplyRequest) -> AddressedReply:
        """Find the message, and work out who gets the answer and how it hangs in the thread."""
        return await self._accounts.open(request.account).address_reply(request)
