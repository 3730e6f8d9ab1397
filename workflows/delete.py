"""Delete Email."""

from typing import Literal

from temporalio import workflow

from activities import options
from activities.delete import DeleteActivities
from models.change import MOST_MESSAGES, FailedMessage, Outcome
from models.delete import (
    NO_WAY,
    DeletedMessage,
    DeleteEmailRequest,
    DeleteEmailResult,
    DeleteRequest,
    Disposal,
)
from models.find import FindResult, FoundMessage
from workflows.change import Targets, change, emails, failure, find, missing

Status = Literal["deleted", "partially_deleted", "not_deleted", "nothing_found", "dry_run"]


@workflow.defn
class DeleteEmail:
    """Delete messages and say what became of each."""

    @workflow.run
    async def run(self, request: DeleteEmailRequest) -> DeleteEmailResult:
        disposal = await _disposal(request)
        found = await find(
            request,
            request.folder_name,
            request.criteria(workflow.now()),
            limit=1 if request.only_newest else MOST_MESSAGES,
        )
        if request.dry_run:
            return _preview(request, found, disposal)
        return _report(request, found, disposal, await _delete(found, disposal))


async def _disposal(request: DeleteEmailRequest) -> Disposal:
    return await workflow.execute_activity_method(
        DeleteActivities.disposal,
        request.account,
        **options.summarised(options.IMAP, "how the server deletes"),
    )


async def _delete(found: FindResult, disposal: Disposal) -> dict[FoundMessage, Outcome]:
    async def step(targets: Targets) -> tuple[Outcome, ...]:
        nonlocal disposal
        deleted = await workflow.execute_activity_method(
            DeleteActivities.delete,
            DeleteRequest(account=found.account, targets=targets, disposal=disposal),
            **options.summarised(options.IMAP, f"delete {emails(len(targets))} from {targets[0].pointer.folder}"),
        )
        disposal = deleted.disposal
        return deleted.outcomes

    return await change(found.found, step)


def _report(
    request: DeleteEmailRequest, found: FindResult, disposal: Disposal, outcomes: dict[FoundMessage, Outcome]
) -> DeleteEmailResult:
    deleted = tuple(_deleted(one, outcome, disposal) for one, outcome in outcomes.items() if outcome.kind != "failed")
    failed = tuple(failure(one, outcome.reason) for one, outcome in outcomes.items() if outcome.kind == "failed")
    failed += missing(found)
    return DeleteEmailResult(
        status=_status(found, deleted, failed),
        message=_sentence(request, found, deleted, failed),
        case_id=request.case_id,
        account=found.account,
        deleted=deleted,
        failed=failed,
        truncated=_truncated(request, found),
        folders=found.folders,
    )


def _preview(request: DeleteEmailRequest, found: FindResult, disposal: Disposal) -> DeleteEmailResult:
    """What a run that is not dry would do."""
    possible = disposal.expunges or disposal.trash is not None
    expected = Outcome(kind="expunged" if disposal.expunges else "moved")
    targets = found.found if possible else ()
    impossible = () if possible else found.found
    return DeleteEmailResult(
        status="dry_run" if found.found else "nothing_found",
        message=f"{emails(len(targets))} would be deleted; nothing was done.",
        case_id=request.case_id,
        account=found.account,
        would_delete=tuple(_deleted(target, expected, disposal) for target in targets),
        failed=(*(failure(target, NO_WAY) for target in impossible), *missing(found)),
        truncated=_truncated(request, found),
        folders=found.folders,
    )


def _deleted(target: FoundMessage, outcome: Outcome, disposal: Disposal) -> DeletedMessage:
    trash = disposal.trash if outcome.kind in {"moved", "copied"} else None
    return DeletedMessage(
        message_id=target.pointer.message_id,
        folder=target.pointer.folder,
        subject=target.subject,
        original="flagged_deleted" if outcome.kind in {"flagged", "copied"} else "removed",
        moved_to=trash.folder if trash else None,
    )


def _truncated(request: DeleteEmailRequest, found: FindResult) -> bool:
    return found.truncated and not request.only_newest


def _status(found: FindResult, deleted: tuple[DeletedMessage, ...], failed: tuple[FailedMessage, ...]) -> Status:
    if not found.found:
        return "nothing_found"
    if not deleted:
        return "not_deleted"
    return "partially_deleted" if failed else "deleted"


def _sentence(
    request: DeleteEmailRequest,
    found: FindResult,
    deleted: tuple[DeletedMessage, ...],
    failed: tuple[FailedMessage, ...],
) -> str:
    if not found.found:
        return "No email was found to be deleted."
    flagged = sum(one.original == "flagged_deleted" for one in deleted)
    in_trash = sum(one.moved_to is not None for one in deleted)
    parts = [
        f"Deleted {emails(len(deleted))}",
        f"{in_trash} of them can still be found in the trash" if in_trash else "",
        f"{flagged} of the originals are left behind, flagged as deleted" if flagged else "",
        f"{len(failed)} could not be deleted" if failed else "",
        "more match than one run deletes" if _truncated(request, found) else "",
    ]
    return "; ".join(filter(None, parts)) + "."
