"""The attachments of answers, saved to the case; an answer counts whether or not that succeeds."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import options
from activities.failure import failure_of_workflow
from activities.save import SaveActivities
from models.save import SaveReplyRequest
from models.wait import MessagePointer, Response

# What a storage says about itself when it fails can be long.
_REASON_CHARACTERS = 300


async def with_saved_files(response: Response, pointer: MessagePointer, *, account: str, case_id: str) -> Response:
    """The same answer, its attachments with where they were saved, or why not."""
    if not response.attachments:
        return response
    try:
        saved = await workflow.execute_activity_method(
            SaveActivities.reply,
            SaveReplyRequest(account=account, case_id=case_id, pointer=pointer),
            **options.summarised(options.REPLY_ATTACHMENTS, pointer.message_id),
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return _unsaved(response, failure_of_workflow(error).message)
    return response.model_copy(update={"attachments": saved.attachments})


def _unsaved(response: Response, reason: str) -> Response:
    attachments = tuple(
        one.model_copy(update={"not_saved": reason[:_REASON_CHARACTERS]}) for one in response.attachments
    )
    return response.model_copy(update={"attachments": attachments})
