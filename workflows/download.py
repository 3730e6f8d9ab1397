"""DownloadEmailAttachments."""

from typing import Literal

from temporalio import workflow

from activities import options
from activities.download import DownloadActivities
from models.download import (
    DownloadedMessage,
    DownloadEmailAttachmentsRequest,
    DownloadEmailAttachmentsResult,
    DownloadFolderRequest,
    DownloadMessageRequest,
)
from models.find import FindResult
from models.wait import MessagePointer
from workflows.change import find
from workflows.keeping import MOST_MESSAGES, each_message, found_files, missing, sentence

Status = Literal["downloaded", "partially_downloaded", "not_downloaded", "nothing_found"]


@workflow.defn
class DownloadEmailAttachments:
    """Write the attachments of messages into a folder and say what became of each."""

    @workflow.run
    async def run(self, request: DownloadEmailAttachmentsRequest) -> DownloadEmailAttachmentsResult:
        await _check_folder(request)
        found = await find(request, request.folder_name, request.criteria, MOST_MESSAGES)

        async def download(pointer: MessagePointer) -> DownloadedMessage:
            return await workflow.execute_activity_method(
                DownloadActivities.message,
                DownloadMessageRequest(account=found.account, download_path=request.download_path, pointer=pointer),
                **options.summarised(options.ATTACHMENTS, pointer.message_id),
            )

        outcomes, truncated = await each_message(found, download, lambda failed: DownloadedMessage(failed=(failed,)))
        return _report(request, found, outcomes, truncated=truncated)


async def _check_folder(request: DownloadEmailAttachmentsRequest) -> None:
    """A folder that is not allowed is refused even when there is nothing to download."""
    await workflow.execute_activity_method(
        DownloadActivities.check_folder,
        DownloadFolderRequest(account=request.account, download_path=request.download_path),
        **options.summarised(options.PREPARE, f"may {request.download_path} be written to?"),
    )


def _report(
    request: DownloadEmailAttachmentsRequest,
    found: FindResult,
    outcomes: list[DownloadedMessage],
    *,
    truncated: bool,
) -> DownloadEmailAttachmentsResult:
    downloaded = tuple(file for outcome in outcomes for file in outcome.downloaded)
    failed = tuple(one for outcome in outcomes for one in outcome.failed) + missing(found)
    status: Status = "partially_downloaded" if failed else "downloaded"
    if not downloaded:
        status = "not_downloaded" if found_files(failed) else "nothing_found"
    return DownloadEmailAttachmentsResult(
        status=status,
        message=sentence("downloaded", len(downloaded), len(found.found), len(failed), truncated=truncated),
        case_id=request.case_id,
        account=found.account,
        downloaded=downloaded,
        failed=failed,
        truncated=truncated,
        folders=found.folders,
    )
