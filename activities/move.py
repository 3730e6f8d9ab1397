"""Moving messages: the destination first, then exactly the messages that were found."""

from temporalio import activity

from mail.accounts import Accounts
from mail.move import destination, move
from models.change import FolderMark
from models.move import DestinationRequest, Moved, MoveRequest


class MoveActivities:
    """Messages that go to another folder."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="move.destination")
    async def destination(self, request: DestinationRequest) -> FolderMark:
        """How far the destination has come; it must exist."""
        async with self._accounts.open(request.account).mailbox.session() as session:
            return await destination(session, request.folder)

    @activity.defn(name="move.messages")
    async def move(self, request: MoveRequest) -> Moved:
        """Move messages; a later attempt reports what an earlier one did."""
        async with self._accounts.open(request.account).mailbox.session() as session:
            return await move(session, request)
