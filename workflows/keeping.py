"""What the two actions that keep attachments do alike: message by message, and no more than a result carries."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from temporalio.exceptions import ActivityError, is_cancelled_exception

from models.attachment import FailedAttachment
from models.find import FindResult
from models.request import Message
from models.wait import MessagePointer

# Looking into more messages than this is no download but a migration.
MOST_MESSAGES = 500
# Temporal carries 2 MB. A message is begun while less than this is told; its own files may add 0.7 MB.
_RESULT_OCTETS = 1_000_000

M = TypeVar("M", bound=Message)


async def each_message(
    found: FindResult, keep: Callable[[MessagePointer], Awaitable[M]], unreached: Callable[[FailedAttachment], M]
) -> tuple[list[M], bool]:
    """What became of each message, and whether there are more than one run takes.

    Once something is kept, an error becomes part of the result.
    """
    outcomes: list[M] = []
    octets = 0
    for place, target in enumerate(found.found):
        if octets >= _RESULT_OCTETS:
            return outcomes, True
        try:
            outcomes.append(await keep(target.pointer))
        except ActivityError as error:
            if is_cancelled_exception(error) or not outcomes:
                raise
            rest = [unreached(_unavailable(one.pointer)) for one in found.found[place:]]
            return outcomes + rest, found.truncated
        octets += len(outcomes[-1].model_dump_json().encode())
    return outcomes, found.truncated


def missing(found: FindResult) -> tuple[FailedAttachment, ...]:
    """The Message-IDs that were asked for and are nowhere."""
    return tuple(FailedAttachment(message_id=one, reason="message_not_found") for one in found.missing)


def sentence(done: str, kept: int, messages: int, failed: int, *, truncated: bool) -> str:
    """What happened, for people: `done` is "downloaded" or "saved"."""
    if not messages:
        return "No email was found."
    parts = [
        f"{_count(kept, 'attachment')} of {_count(messages, 'email')} {done}",
        f"{failed} failed" if failed else "",
        "more match than one run takes" if truncated else "",
    ]
    return "; ".join(filter(None, parts)) + "."


def found_files(failed: Sequence[FailedAttachment]) -> bool:
    """Whether something was there that could not be had."""
    return any(one.reason not in {"message_not_found", "attachment_not_found"} for one in failed)


def _unavailable(pointer: MessagePointer) -> FailedAttachment:
    return FailedAttachment(message_id=pointer.message_id, folder=pointer.folder, reason="unavailable")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
