"""What the actions that change a mailbox have in common: what they are about and what became of it."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from models.argument import Names, one_message_id
from models.find import FoundMessage
from models.request import Message

# One result must stay below the 2 MB that Temporal carries.
MOST_MESSAGES = 2_000
# As many as one command names in any case (ten digits each, RFC 2683 §3.2.1.5): RFC 3501 §6.4.7 has a refused COPY
# copy nothing, which holds for one command only.
BATCH = 70


def _message_ids(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple({one_message_id(one).strip("<> "): one for one in ids}.values())


MessageIds = Annotated[Names, AfterValidator(_message_ids)]


class FolderMark(Message):
    """How far a folder had come at a moment: what came later has this UID or a higher one."""

    folder: str
    uid_validity: int
    uid_next: int


class Outcome(Message):
    r"""What became of one message.

    `gone`: it had left its folder before. `copied`: the server cannot remove single messages, so that the
    original stays, flagged \Deleted.
    """

    kind: Literal["moved", "copied", "expunged", "flagged", "gone", "failed"]
    reason: str = ""


class ChangeRequest(Message):
    """Messages of one folder that are to be changed, exactly these."""

    account: str
    targets: tuple[FoundMessage, ...]


class FailedMessage(Message):
    """A message that nothing could be done with, and why."""

    message_id: str
    folder: str | None = None  # null = it is in none of them
    subject: str | None = None
    reason: str
