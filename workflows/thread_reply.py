"""Send Thread Reply."""

from temporalio import workflow

from activities import options
from activities.thread_reply import ThreadReplyActivities
from models.send import LetterRequest
from models.thread_reply import AddressedReply, AddressReplyRequest, SendThreadReplyRequest, SendThreadReplyResult
from workflows.ids import letter_identity
from workflows.send import prepare, send


@workflow.defn
class SendThreadReply:
    """Answer a message of the mailbox: to those whom it asks to answer, in its thread."""

    @workflow.run
    async def run(self, request: SendThreadReplyRequest) -> SendThreadReplyResult:
        reply = await _address(request)
        letter = _letter(request, reply)
        prepared = await prepare(letter)
        sent = await send(request, letter, prepared, show_id=True)
        return SendThreadReplyResult(**dict(sent), in_reply_to=reply.in_reply_to, references=reply.references)


async def _address(request: SendThreadReplyRequest) -> AddressedReply:
    return await workflow.execute_activity_method(
        ThreadReplyActivities.address,
        AddressReplyRequest(
            account=request.account,
            message_id=request.message_id,
            folders=request.folder_name,
            reply_all=request.reply_all,
            reply_to=request.reply_to,
        ),
        **options.summarised(options.IMAP, "find the message and who gets the reply"),
    )


def _letter(request: SendThreadReplyRequest, reply: AddressedReply) -> LetterRequest:
    return LetterRequest(
        account=request.account,
        identity=letter_identity(),
        date=workflow.now(),
        content=request.content,
        attachments_paths=request.attachment_paths,
        **dict(reply),
    )
