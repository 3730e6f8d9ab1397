"""What is asked of the workers, through the client, and how it ended for the caller."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from temporalio.service import RPCError

from chaos.files import SAVED_NAME, deleted_id, moved_id, saved_id
from chaos.people import People, address, letter_id
from chaos.plan import Act, Step
from chaos.stage import DESTINATION, FILES, OLD, SOURCE
from client import ActionFailed, DuplicateAction, MailClient
from client.action import Action
from models.delete import DeleteEmailRequest
from models.download import DownloadEmailAttachmentsRequest
from models.move import MoveEmailToFolderRequest
from models.request import Request, Result
from models.save import SaveEmailAttachmentsToCaseRequest
from models.send import SendEmailRequest
from models.send_and_wait import SendEmailAndWaitRequest
from models.wait import WaitForEmailFromUserRequest

# While Temporal is away, a caller comes again.
_PAUSE_SECONDS = 0.5
_CASE: Mapping[str, object] = {"case_id": "chaos", "alert_group_identifiers": ["chaos"]}
_WAIT = {"wait_stage_timeout_minutes": "600"}

R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class Ended:
    """What the caller was told: a result, or the type and the words of a failure."""

    step: Step
    seconds: float
    result: Result | None = None
    failure: str = ""
    words: str = ""


class Acts:
    """Does what a plan asks for."""

    def __init__(self, mail: MailClient, people: People, downloads: Path) -> None:
        self._people = people
        self._ways: dict[Act, Callable[[Step], Awaitable[Result]]] = {
            Act.SEND: lambda step: _ended(mail.send_email, _send(step), step),
            Act.ASK: lambda step: _ended(mail.send_email_and_wait, _ask(step), step),
            Act.WAIT: lambda step: self._wait(mail, step),
            Act.MOVE: lambda step: _ended(mail.move_email_to_folder, _move(step), step),
            Act.SAVE: lambda step: _ended(mail.save_email_attachments_to_case, _save(step), step),
            Act.DELETE: lambda step: _ended(mail.delete_email, _delete(step), step),
            Act.DOWNLOAD: lambda step: _ended(mail.download_email_attachments, _download(step, downloads), step),
        }

    async def perform(self, step: Step) -> Ended:
        """Ask for it and follow it to its end."""
        began = time.monotonic()
        try:
            result = await self._ways[Act(step.what)](step)
        except ActionFailed as error:
            return Ended(step, time.monotonic() - began, failure=error.type, words=error.message)
        return Ended(step, time.monotonic() - began, result)

    async def _wait(self, mail: MailClient, step: Step) -> Result:
        answering = asyncio.create_task(self._people.answer(step, letter_id(step.number)))
        result = await _ended(mail.wait_for_email_from_user, _await(step), step)
        await answering
        return result


async def _ended(action: Action[Any, R], request: Request, step: Step) -> R:
    """The result, however often the connection to Temporal is lost on the way."""
    workflow_id = f"{step.what}-{step.number}"
    while True:
        try:
            try:
                started = await action.start(request, workflow_id=workflow_id)
            except DuplicateAction:
                started = action.get(workflow_id)
            return await started.result()
        except RPCError:
            await asyncio.sleep(_PAUSE_SECONDS)


def _send(step: Step) -> SendEmailRequest:
    recipients = [address(Act.SEND, step.number)]
    if step.greylisted:
        recipients.append(address(Act.SEND, step.number, local_part="greylisted"))
    return SendEmailRequest.model_validate({**_letter(step), "recipients": recipients})


def _ask(step: Step) -> SendEmailAndWaitRequest:
    asked = {"recipients": [address(Act.ASK, step.number)]}
    return SendEmailAndWaitRequest.model_validate({**_letter(step), **_WAIT, **asked})


def _letter(step: Step) -> Mapping[str, object]:
    """Long enough to be cut in its middle."""
    return {**_CASE, "subject": f"{step.what} {step.number}", "content": "Is it you? " * 500}


def _await(step: Step) -> WaitForEmailFromUserRequest:
    letter = {
        "email_message_id": letter_id(step.number),
        "email_date": datetime.now(UTC),
        "email_recipients": [address(Act.WAIT, step.number)],
    }
    return WaitForEmailFromUserRequest.model_validate({**_CASE, **_WAIT, **letter})


def _move(step: Step) -> MoveEmailToFolderRequest:
    return MoveEmailToFolderRequest.model_validate(
        {
            **_CASE,
            "source_folder_name": SOURCE,
            "destination_folder_name": DESTINATION,
            "message_i_ds": [moved_id(step.number)],
        }
    )


def _save(step: Step) -> SaveEmailAttachmentsToCaseRequest:
    return SaveEmailAttachmentsToCaseRequest.model_validate(
        {
            **_CASE,
            "case_id": f"{step.what}-{step.number}",
            "folder_name": FILES,
            "message_id": saved_id(step.number),
            "attachment_to_save": [SAVED_NAME],
        }
    )


def _delete(step: Step) -> DeleteEmailRequest:
    letter = {"folder_name": OLD, "message_i_ds": [deleted_id(step.number)]}
    return DeleteEmailRequest.model_validate({**_CASE, **letter})


def _download(step: Step, downloads: Path) -> DownloadEmailAttachmentsRequest:
    return DownloadEmailAttachmentsRequest.model_validate(
        {
            **_CASE,
            "folder_name": FILES,
            "message_i_ds": [saved_id(step.number)],
            "download_path": str(downloads / f"{step.what}-{step.number}"),
        }
    )
