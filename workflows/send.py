"""Send Email."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from activities import options
from activities.send import SendActivities
from mail.errors import SendOutcomeUnknown
from models.json import is_object
from models.request import Request
from models.send import (
    DeliverRequest,
    Delivery,
    Filing,
    LetterRequest,
    PreparedLetter,
    PrepareRequest,
    RefusedRecipient,
    SendEmailRequest,
    SendEmailResult,
    SendingArguments,
)
from workflows import search_attributes
from workflows.ids import letter_identity
from workflows.letters import addressees_of, orders_of

# Greylisting servers take a letter after one to ten minutes (postgrey: five); most after seconds.
_DEFERRAL_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 45, 120, 300))

# A message is for people, and Temporal's CLI shows nothing else; the details have everybody.
_REFUSALS_TOLD = 3


@dataclass(frozen=True, slots=True)
class _Posted:
    """What became of letters."""

    delivery: Delivery
    filed: bool = True
    renamed: dict[str, str] = field(default_factory=dict[str, str])  # our Message-ID, the sending service's


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
    """Deliver what was prepared, file copies, and report; nobody accepted is a failure."""
    orders = orders_of(request, letter, prepared)
    if prepared.has_search_attributes:
        search_attributes.show(
            case_id=request.case_id, account=prepared.account, message_ids=(order.message_id for order in orders)
        )
    posted = await _post_all(orders)
    if not posted.delivery.accepted:
        raise _nobody(posted.delivery.refused)
    result = _report(request, letter, prepared, posted)
    if not show_id:
        return result
    ids = {recipient: message_id for message_id, recipient in addressees_of(orders).items()}
    return result.model_copy(update={"message_id": orders[0].message_id, "message_ids": ids, "renamed": posted.renamed})


def _nobody(refused: Sequence[RefusedRecipient]) -> ApplicationError:
    told = "; ".join(f"{one.address}: {one.code} {one.message}" for one in refused[:_REFUSALS_TOLD])
    more = f"; and {len(refused) - _REFUSALS_TOLD} more" if len(refused) > _REFUSALS_TOLD else ""
    return ApplicationError(
        f"the server accepted none of the recipients: {told}{more}",
        {"refused": [one.model_dump() for one in refused]},
        type="AllRecipientsRefused",
        non_retryable=True,
    )


async def _post_all(orders: Sequence[DeliverRequest]) -> _Posted:
    """Hand everything in; what fails for one recipient does not keep the letters of the others here."""
    if len(orders) == 1:
        return await _post(orders[0])
    outcomes = await asyncio.gather(*map(_post_or_fail, orders))
    failures = [one for one in outcomes if isinstance(one, ActivityError)]
    posted = [one for one in outcomes if isinstance(one, _Posted)]
    if failures and not any(one.delivery.accepted for one in posted):
        raise failures[0]
    failed = [
        _failed(order, one) for order, one in zip(orders, outcomes, strict=True) if isinstance(one, ActivityError)
    ]
    return _together([*posted, *failed])


async def _post_or_fail(order: DeliverRequest) -> _Posted | ActivityError:
    try:
        return await _post(order)
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return error


async def _post(order: DeliverRequest) -> _Posted:
    delivery = await deliver(order)
    if not delivery.accepted:
        return _Posted(delivery)
    filing = await file_copy(order.letter, order.message_id)
    renamed = delivery.renamed_to or (filing.renamed_to if filing else "")
    return _Posted(delivery, filed=filing is not None, renamed={order.message_id: renamed} if renamed else {})


def _failed(order: DeliverRequest, error: ActivityError) -> _Posted:
    cause = error.cause
    details = cause.details[0] if isinstance(cause, ApplicationError) and cause.details else None
    code = details.get("code") if is_object(details) else None
    refused = (
        RefusedRecipient(address=one.address, code=code if isinstance(code, int) else 0, message=str(cause))
        for one in order.letter.everybody
    )
    return _Posted(Delivery(refused=tuple(refused)))


def _together(posted: Sequence[_Posted]) -> _Posted:
    return _Posted(
        Delivery(
            accepted=tuple(address for one in posted for address in one.delivery.accepted),
            refused=tuple(refused for one in posted for refused in one.delivery.refused),
        ),
        filed=all(one.filed for one in posted),
        renamed={ours: theirs for one in posted for ours, theirs in one.renamed.items()},
    )


async def deliver(order: DeliverRequest) -> Delivery:
    """Hand a letter over; those who are refused for now are tried again alone, for some minutes."""
    whole = await hand_over(order)
    for pause in _DEFERRAL_PAUSES:
        if not whole.deferred:
            break
        await workflow.sleep(pause, summary="refused for now: try again")
        whole = await _deliver_deferred(order, whole)
    return whole.model_copy(update={"refused": whole.refused + whole.deferred, "deferred": ()})


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
        renamed_to=whole.renamed_to or again.renamed_to,
    )


def _is_unknown(cause: BaseException | None) -> bool:
    return isinstance(cause, ApplicationError) and cause.type == SendOutcomeUnknown.type


def _given_up(whole: Delivery, cause: BaseException | None) -> Delivery:
    """Those who may have the letter by now are not asked again, and the result says why."""
    unknown = tuple(one.model_copy(update={"message": f"{one.message}; then {cause}"}) for one in whole.deferred)
    return Delivery(accepted=whole.accepted, refused=whole.refused + unknown, renamed_to=whole.renamed_to)


async def file_copy(letter: LetterRequest, message_id: str) -> Filing | None:
    """Put a copy into Sent; a letter that is sent stays sent when that fails (None)."""
    try:
        return await workflow.execute_activity_method(
            SendActivities.file_copy,
            DeliverRequest(letter=letter, message_id=message_id),
            **options.summarised(options.FILE_COPY, "copy to Sent"),
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return None


def _report(request: Request, letter: LetterRequest, prepared: PreparedLetter, posted: _Posted) -> SendEmailResult:
    delivery = posted.delivery
    accepted = set(delivery.accepted)
    served: dict[str, Any] = {
        role: tuple(one.address for one in getattr(letter, role) if one.address in accepted)
        for role in ("recipients", "cc", "bcc")
    }
    return SendEmailResult(
        status="partially_sent" if delivery.refused else "sent",
        message=_sentence(delivery, filed=posted.filed),
        case_id=request.case_id,
        account=prepared.account,
        message_id=None,
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
