"""Send Email."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from activities import options
from activities.send import SendActivities
from mail.errors import SendOutcomeUnknown
from models.request import Request
from models.send import (
    DeliverRequest,
    Delivery,
    LetterRequest,
    PreparedLetter,
    PrepareRequest,
    SendEmailRequest,
    SendEmailResult,
    SendingArguments,
)
from workflows.ids import letter_identity

# Greylisting servers take a letter after one to ten minutes (postgrey: five); most after seconds.
_DEFERRAL_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 45, 120, 300))


@workflow.defn
class SendEmail:
    """Send a letter and say who it went to."""

    @workflow.run
    async def run(self, request: SendEmailRequest) -> SendEmailResult:
        letter = letter_of(request)
        prepared = await prepare(letter)
        return await send(request, letter, prepared, show_id=request.return_message_id_for_the_sent_email)


def letter_of(request: Request) -> LetterRequest:
    """The letter that a request asks for."""
    return LetterRequest(
        identity=letter_identity(),
        date=workflow.now(),
        **{name: getattr(request, name) for name in LetterRequest.model_fields if hasattr(request, name)},
    )


async def prepare(letter: LetterRequest, *, awaits_replies: bool = False) -> PreparedLetter:
    """Refuse at once what cannot be sent, before anything is half done."""
    patience = options.IMAP if letter.forwarded else options.PREPARE
    return await workflow.execute_activity_method(
        SendActivities.prepare,
        PrepareRequest(letter=letter, awaits_replies=awaits_replies),
        **options.summarised(patience, "check account, recipients, content and files"),
    )


async def send(
    request: SendingArguments, letter: LetterRequest, prepared: PreparedLetter, *, show_id: bool
) -> SendEmailResult:
    """Deliver a prepared letter, file its copy, and report; nobody accepted is a failure."""
    order = DeliverRequest(letter=letter, message_id=prepared.message_id, on_unknown=request.on_unknown)
    delivery = await deliver(order)
    if not delivery.accepted:
        raise ApplicationError(
            "the server accepted none of the recipients",
            {"refused": [one.model_dump() for one in delivery.refused]},
            type="AllRecipientsRefused",
            non_retryable=True,
        )
    filed = await file_copy(letter, prepared.message_id)
    return _report(request, letter, prepared, delivery, show_id=show_id, filed=filed)


async def deliver(order: DeliverRequest) -> Delivery:
    """Hand a letter over; those who are refused for now are tried again alone, for some minutes."""
    whole = await hand_over(order)
    for pause in _DEFERRAL_PAUSES:
        if not whole.deferred:
            break
        await workflow.sleep(pause, summary="refused for now: try again")
        whole = await _deliver_deferred(order, whole)
    return Delivery(accepted=whole.accepted, refused=whole.refused + whole.deferred)


async def hand_over(order: DeliverRequest) -> Delivery:
    """Hand a letter over once, to everybody or to those who are left."""
    return await workflow.execute_activity_method(
        SendActivities.deliver, order, **options.summarised(options.SEND, order.letter.subject[:60])
    )


async def _deliver_deferred(order: DeliverRequest, whole: Delivery) -> Delivery:
    only = tuple(one.address for one in whole.deferred)
    try:
        again = await hand_over(order.model_copy(update={"only": only}))
    except ActivityError as error:
        if is_cancelled_exception(error) or not whole.accepted:
            raise
        # The others have it: they must not hear of a failure, nor of a second letter.
        return _given_up(whole, error.cause) if _is_unknown(error.cause) else whole
    return Delivery(
        accepted=whole.accepted + again.accepted,
        refused=whole.refused + again.refused,
        deferred=again.deferred,
    )


def _is_unknown(cause: BaseException | None) -> bool:
    return isinstance(cause, ApplicationError) and cause.type == SendOutcomeUnknown.type


def _given_up(whole: Delivery, cause: BaseException | None) -> Delivery:
    """Those who may have the letter by now are not asked again, and the result says why."""
    unknown = tuple(one.model_copy(update={"message": f"{one.message}; then {cause}"}) for one in whole.deferred)
    return Delivery(accepted=whole.accepted, refused=whole.refused + unknown)


async def file_copy(letter: LetterRequest, message_id: str) -> bool:
    """Put a copy into Sent; a letter that is sent stays sent when that fails."""
    try:
        await workflow.execute_activity_method(
            SendActivities.file_copy,
            DeliverRequest(letter=letter, message_id=message_id),
            **options.summarised(options.FILE_COPY, "copy to Sent"),
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return False
    return True


def _report(
    request: Request,
    letter: LetterRequest,
    prepared: PreparedLetter,
    delivery: Delivery,
    *,
    show_id: bool,
    filed: bool,
) -> SendEmailResult:
    accepted = set(delivery.accepted)
    served = {
        role: tuple(one.address for one in getattr(letter, role) if one.address in accepted)
        for role in ("recipients", "cc", "bcc")
    }
    return SendEmailResult(
        status="partially_sent" if delivery.refused else "sent",
        message=_sentence(delivery, filed=filed),
        case_id=request.case_id,
        account=prepared.account,
        message_id=prepared.message_id if show_id else None,
        date=letter.date,
        refused=delivery.refused,
        subject=letter.subject,
        attachments=letter.attachments_paths,
        **served,
    )


def _sentence(delivery: Delivery, *, filed: bool) -> str:
    sent = f"Sent to {_people(len(delivery.accepted))}"
    refused = f"; {_people(len(delivery.refused))} refused" if delivery.refused else ""
    return f"{sent}{refused}{'' if filed else '; no copy could be filed in Sent'}."


def _people(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"
