"""Saving attachments to the storage of a case."""

from temporalio import activity

from mail.accounts import Accounts
from mail.case_wall import CaseWall
from mail.save import save_message, save_reply
from mail.storage import Storage
from models.save import SavedMessage, SavedReply, SaveMessageRequest, SaveReplyRequest


class SaveActivities:
    """Attachments that are kept with a case."""

    def __init__(self, accounts: Accounts, storage: Storage) -> None:
        self._accounts = accounts
        self._storage = storage

    @activity.defn(name="save.message")
    async def message(self, request: SaveMessageRequest) -> SavedMessage:
        """Save the attachments of one message."""
        account = self._accounts.open(request.account)
        wall, limit = CaseWall(self._storage, request.case_id), account.policy.max_download_bytes
        async with account.mailbox.session() as session:
            return await save_message(session, request.pointer, wall, limit, names=request.names)

    @activity.defn(name="save.reply")
    async def reply(self, request: SaveReplyRequest) -> SavedReply:
        """Save the attachments of an answer that a wait has counted."""
        account = self._accounts.open(request.account)
        wall, limit = CaseWall(self._storage, request.case_id), account.policy.max_download_bytes
        async with account.mailbox.session() as session:
            return SavedReply(attachments=await save_reply(session, request.pointer, wall, limit))
