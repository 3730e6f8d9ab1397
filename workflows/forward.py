"""Forward Email."""

from temporalio import workflow

from activities import options
from activities.forward import ForwardActivities
from models.forward import FindOriginalRequest, ForwardEmailRequest, ForwardEmailResult
from models.wait import MessagePointer
from workflows.send import letter_of, prepare, send


@workflow.defn
class ForwardEmail:
    """Send a message of the mailbox on, whole."""

    @workflow.run
    async def run(self, request: ForwardEmailRequest) -> ForwardEmailResult:
        original = await _find(request)
        letter = letter_of(request).model_copy(update={"forwarded": original})
        prepared = await prepare(letter)
        sent = await send(request, letter, prepared, show_id=request.return_message_id_for_the_forwarded_email)
        return ForwardEmailResult(**dict(sent), forwarded_message_id=original.message_id)


async def _find(request: ForwardEmailRequest) -> MessagePointer:
    return await workflow.execute_activity_method(
        ForwardActivities.find_original,
        FindOriginalRequest(
            account=request.account,
            message_id=request.message_id_of_email_to_forward,
            folders=request.folder_name,
        ),
        **options.summarised(options.IMAP, "find the message"),
    )
