"""Save Email Attachments To Case."""

from typing import Literal

from temporalio import workflow

from activities import options
from activities.save import SaveActivities
from models.attachment import FailedAttachment
from models.find import FindResult
from models.save import (
    SavedMessage,
    SaveEmailAttachmentsToCaseRequest,
    SaveEmailAttachmentsToCaseResult,
    SaveMessageRequest,
)
from models.wait import MessagePointer
from workflows.change import find
from workflows.keeping import MOST_MESSAGES, each_message, found_files, missing, sentence

Status = Literal["saved", "partially_saved", "not_saved", "nothing_found"]


@workflow.defn
class SaveEmailAttachmentsToCase:
    """Save the attachments of messages to the case's storage and say what became of each."""

    @workflow.run
    async def run(self, request: SaveEmailAttachmentsToCaseRequest) -> SaveEmailAttachmentsToCaseResult:
        found = await find(request, request.folder_name, request.criteria, MOST_MESSAGES)

        async def save(pointer: MessagePointer) -> SavedMessage:
            return await workflow.execute_activity_method(
                SaveActivities.message,
                SaveMessageRequest(
                    account=found.account,
                    case_id=request.case_id,
                    pointer=pointer,
                    names=request.attachment_to_save,
                ),
                **options.summarised(options.ATTACHMENTS, pointer.message_id),
            )

        outcomes, truncated = await each_message(found, save, lambda failed: SavedMessage(failed=(failed,)))
        return _report(request, found, outcomes, truncated=truncated)


def _report(
    request: SaveEmailAttachmentsToCaseRequest,
    found: FindResult,
    outcomes: list[SavedMessage],
    *,
    truncated: bool,
) -> SaveEmailAttachmentsToCaseResult:
    saved = tuple(file for outcome in outcomes for file in outcome.saved)
    failed = tuple(one for outcome in outcomes for one in outcome.failed)
    failed += missing(found) + _unmatched(request, outcomes)
    status: Status = "partially_saved" if failed else "saved"
    if not saved:
        status = "not_saved" if found_files(failed) else "nothing_found"
    return SaveEmailAttachmentsToCaseResult(
        status=status,
        message=sentence("saved", len(saved), len(found.found), len(failed), truncated=truncated),
        case_id=request.case_id,
        account=found.account,
        saved=saved,
        failed=failed,
        truncated=truncated,
        folders=found.folders,
    )


def _unmatched(
    request: SaveEmailAttachmentsToCaseRequest, outcomes: list[SavedMessage]
) -> tuple[FailedAttachment, ...]:
    """The names that no attachment of any message has."""
    matched = {name for outcome in outcomes for name in outcome.matched}
    return tuple(
        FailedAttachment(filename=name, reason="attachment_not_found")
        for name in request.attachment_to_save
        if name not in matched
    )
