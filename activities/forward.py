"""Forwarding: find the message that goes along."""

from temporalio import activity

from mail.accounts import Accounts
from mail.original import find_original
from models.forward import FindOriginalRequest
from models.wait import MessagePointer


class ForwardActivities:
    """Messages that are sent on."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="forward.find_original")
    async def find_original(self, request: FindOriginalRequest) -> MessagePointer:
        """Where the message lies; MessageNotFound if it is in none of the folders."""
        mailbox = self._accounts.open(request.account).mailbox
        return await find_original(mailbox, request.message_id, request.folders)
