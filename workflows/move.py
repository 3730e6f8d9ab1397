"""Move Email To Folder."""

from typing import Literal

from temporalio import workflow

from activities import options
from activities.move import MoveActivities
from models.change import MOST_MESSAGES, FolderMark, Outcome
from models.find import FindResult, FoundMessage
from models.move import (
    DestinationRequest,
    MovedMessage,
    MoveEmailToFolderRequest,
    MoveEmailToFolderResult,
    MoveRequest,
)
from workflows.change import Targets, change, emails, failure, find, missing

Status = Literal["moved", "partially_moved", "not_moved", "nothing_found", "dry_run"]


@workflow.defn
class MoveEmailToFolder:
    """Move messages to another folder and say what became of each."""

    @workflow.run
    async def run(self, request: MoveEmailToFolderRequest) -> MoveEmailToFolderResult:
        destination = await _destination(request)
        found = await find(request, request.source_folder_name, request.criteria, MOST_MESSAGES)
        if request.dry_run:
            return _preview(request, found)
        return _report(request, found, await _move(found, destination))


async def _destination(request: MoveEmailToFolderRequest) -> FolderMark:
    """The destination as it is before anything is moved; it is not made where it is missing."""
    return await workflow.execute_activity_method(
        MoveActivities.destination,
        DestinationRequest(account=request.account, folder=request.destination_folder_name),
        **options.summarised(options.IMAP, f"look at {request.destination_folder_name}"),
    )


async def _move(found: FindResult, mark: FolderMark) -> dict[FoundMessage, Outcome]:
    async def step(targets: Targets) -> tuple[Outcome, ...]:
        nonlocal mark
        moved = await workflow.execute_activity_method(
            MoveActivities.move,
            MoveRequest(account=found.account, targets=targets, destination=mark),
            **options.summarised(
                options.IMAP, f"move {emails(len(targets))} from {targets[0].pointer.folder} to {mark.folder}"
            ),
        )
        mark = moved.destination
        return moved.outcomes

    return await change(found.found, step)


def _report(
    request: MoveEmailToFolderRequest, found: FindResult, outcomes: dict[FoundMessage, Outcome]
) -> MoveEmailToFolderResult:
    done = {target: outcome for target, outcome in outcomes.items() if outcome.kind in {"moved", "copied"}}
    failed = tuple(
        failure(target, _reason(target, outcome, request.destination_folder_name))
        for target, outcome in outcomes.items()
        if target not in done
    )
    moved = tuple(_moved(request, target, outcome) for target, outcome in done.items())
    failed += missing(found)
    return MoveEmailToFolderResult(
        status=_status(found, len(moved), len(failed)),
        message=_sentence(request, found, moved, len(failed)),
        case_id=request.case_id,
        account=found.account,
        moved=moved,
        failed=failed,
        truncated=found.truncated,
        folders=found.folders,
    )


def _preview(request: MoveEmailToFolderRequest, found: FindResult) -> MoveEmailToFolderResult:
    """What a run that is not dry would do."""
    count = emails(len(found.found))
    return MoveEmailToFolderResult(
        status="dry_run" if found.found else "nothing_found",
        message=f"{count} would be moved to {request.destination_folder_name}; nothing was done.",
        case_id=request.case_id,
        account=found.account,
        would_move=tuple(_moved(request, target) for target in found.found),
        failed=missing(found),
        truncated=found.truncated,
        folders=found.folders,
    )


def _moved(request: MoveEmailToFolderRequest, target: FoundMessage, outcome: Outcome | None = None) -> MovedMessage:
    return MovedMessage(
        message_id=target.pointer.message_id,
        folder=target.pointer.folder,
        subject=target.subject,
        destination=request.destination_folder_name,
        original="flagged_deleted" if outcome and outcome.kind == "copied" else "removed",
    )


def _reason(target: FoundMessage, outcome: Outcome, destination: str) -> str:
    if outcome.kind == "gone":
        return f"it has left {target.pointer.folder!r} meanwhile and did not come to {destination!r}"
    return outcome.reason


def _status(found: FindResult, moved: int, failed: int) -> Status:
    if not found.found:
        return "nothing_found"
    if not moved:
        return "not_moved"
    return "partially_moved" if failed else "moved"


def _sentence(
    request: MoveEmailToFolderRequest, found: FindResult, moved: tuple[MovedMessage, ...], failed: int
) -> str:
    if not found.found:
        return "No email was found to be moved."
    flagged = sum(one.original == "flagged_deleted" for one in moved)
    parts = [
        f"Moved {emails(len(moved))} to {request.destination_folder_name}",
        f"{flagged} of the originals are left behind, flagged as deleted" if flagged else "",
        f"{failed} could not be moved" if failed else "",
        "more match than one run moves" if found.truncated else "",
    ]
    return "; ".join(filter(None, parts)) + "."
