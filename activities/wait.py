"""Waiting: look for answers, read one, remind those who owe one."""

from temporalio import activity

from activities.foreign_token import note_foreign_token
from activities.search_attributes import SearchAttributes
from activities.watches import Watches
from mail.accounts import Accounts
from mail.imap.response import FolderStatus
from models.wait import AwaitedLetter, LookRequest, LookResult, ReadReply, ReadReplyRequest
from models.watch import Cursor, Registration


class WaitActivities:
    """Answers that come in."""

    def __init__(self, accounts: Accounts, watches: Watches, search_attributes: SearchAttributes) -> None:
        self._accounts = accounts
        self._watches = watches
        self._search_attributes = search_attributes

    @activity.defn(name="wait.look")
    async def look(self, request: LookRequest) -> LookResult:
        """Find the answers that are there, and be told of those that come later; no moment lies between."""
        account = self._accounts.open(request.letter.account)
        if request.reminds:
            _ = account.outbox  # better refused now than found out when the reminder is due
        letter = await account.awaited(request.letter)
        senders = account.known_by_subject(request.recipients)
        keys = account.reply_keys(letter, senders)
        enter = self._watches.renew if request.again else self._watches.register

        async def register(folder: FolderStatus) -> None:
            registration = Registration(
                wait_id=activity.info().workflow_id or "",
                keys=keys,
                since=request.letter.since,
                until=request.until,
                cursor=Cursor(uid_validity=folder.uid_validity, uid_next=folder.uid_next or 1),
            )
            await enter(account.name, folder.name, registration)

        found = await account.mailbox.look(letter, keys, register, senders=senders)
        policy = account.policy
        late_replies = None if policy.late_replies.to == "off" else policy.late_replies
        return found.model_copy(
            update={
                "extend_on_absence": policy.extend_on_absence,
                "late_replies": late_replies,
                "has_search_attributes": await self._search_attributes.usable(),
            }
        )

    @activity.defn(name="wait.read_reply")
    async def read_reply(self, request: ReadReplyRequest) -> ReadReply | None:
        """Read and judge one message; null when it is gone."""
        account = self._accounts.open(request.letter.account)
        reply = await account.read_reply(request)
        if reply is not None and reply.foreign_token:
            note_foreign_token(account, request.pointer)
        return reply

    @activity.defn(name="wait.subject")
    async def subject(self, letter: AwaitedLetter) -> str:
        """The subject of the letter, as its copy in Sent tells it; empty where there is none."""
        return await self._accounts.open(letter.account).subject_of(letter)
