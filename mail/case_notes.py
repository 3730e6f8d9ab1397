"""What a case is told beside its files: `<case>/late-replies.jsonl`, a JSON object a line."""

from mail.case_wall import case_key
from mail.storage import Storage
from models.late_reply import LateReply

_LATE_REPLIES = "late-replies.jsonl"


class CaseNotes:
    """Notes in the storage of a case; what is noted again is the same note."""

    def __init__(self, storage: Storage, case_id: str) -> None:
        self._storage = storage
        self._case = case_key(case_id)

    async def add(self, reply: LateReply) -> None:
        """Note an answer that came too late."""
        line = reply.model_dump_json(by_alias=True).encode()
        await self._storage.change(f"{self._case}/{_LATE_REPLIES}", lambda notes: _with(notes, line))


def _with(notes: bytes, line: bytes) -> bytes:
    if line in notes.split(b"\n"):
        return notes
    # A last line that somebody has cut short must not swallow ours.
    separator = b"\n" if notes and not notes.endswith(b"\n") else b""
    return b"%b%b%b\n" % (notes, separator, line)
