"""What the actions that change a mailbox do alike: find their exact targets, then work through them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import options
from activities.failure import failure_of_workflow
from activities.find import FindActivities
from models.change import BATCH, FailedMessage, Outcome
from models.find import Criteria, FindRequest, FindResult, FoundMessage
from models.request import Request
from workflows import search_attributes

Targets = tuple[FoundMessage, ...]
Step = Callable[[Targets], Awaitable[tuple[Outcome, ...]]]


async def find(request: Request, folders: tuple[str, ...], criteria: Criteria, limit: int) -> FindResult:
    """Find the messages that are meant; the history then names them, so that a retry means the same."""
    found = await workflow.execute_activity_method(
        FindActivities.find,
        FindRequest(account=request.account, folders=folders, criteria=criteria, limit=limit),
        **options.summarised(options.IMAP, f"find in {', '.join(folders)}"),
    )
    if found.has_search_attributes:
        message_ids = (one.pointer.message_id for one in found.found)
        search_attributes.show(case_id=request.case_id, account=found.account, message_ids=message_ids)
    return found


async def change(targets: Targets, step: Step) -> dict[FoundMessage, Outcome]:
    """Take the targets in batches; once something is done, an error becomes part of the result."""
    outcomes: dict[FoundMessage, Outcome] = {}
    for batch in _batches(targets):
        try:
            outcomes |= zip(batch, await step(batch), strict=True)
        except ActivityError as error:
            if is_cancelled_exception(error) or not outcomes:
                raise
            unknown = Outcome(kind="failed", reason=f"not known to be done: {failure_of_workflow(error).message}")
            return dict.fromkeys(targets, unknown) | outcomes
    return {target: outcomes[target] for target in targets}


def failure(target: FoundMessage, reason: str) -> FailedMessage:
    """A message that was found, and why nothing was done with it."""
    return FailedMessage(
        message_id=target.pointer.message_id, folder=target.pointer.folder, subject=target.subject, reason=reason
    )


def missing(found: FindResult) -> tuple[FailedMessage, ...]:
    """The Message-IDs that were asked for and are nowhere."""
    reason = "no message of this Message-ID that meets the other criteria is in the folders"
    return tuple(FailedMessage(message_id=one, reason=reason) for one in found.missing)


def emails(count: int) -> str:
    """A number of messages, in words for people."""
    return "1 email" if count == 1 else f"{count} emails"


def _batches(targets: Sequence[FoundMessage]) -> Iterator[Targets]:
    """Each holds messages of one folder."""
    by_folder: dict[str, list[FoundMessage]] = {}
    for target in targets:
        by_folder.setdefault(target.pointer.folder, []).append(target)
    for here in by_folder.values():
        for start in range(0, len(here), BATCH):
            yield tuple(here[start : start + BATCH])
