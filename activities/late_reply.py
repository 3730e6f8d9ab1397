"""Answers that come too late, noted with their case."""

from temporalio import activity

from mail.case_notes import CaseNotes
from mail.storage import Storage
from models.late_reply import LateReply


class LateReplyActivities:
    """Notes for those who look at a case later."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @activity.defn(name="late_reply.note")
    async def note(self, reply: LateReply) -> None:
        """Note an answer with its case."""
        await CaseNotes(self._storage, reply.case_id).add(reply)
