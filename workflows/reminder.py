"""Letters to those who owe an answer, in the thread of the letter that asked for it."""

from datetime import datetime, timedelta

from temporalio import workflow

from models.address import Address
from models.content import EmailContent
from models.send import DeliverRequest, LetterRequest
from models.wait import AwaitedLetter, Reminder, WaitArguments
from workflows.ids import letter_identity
from workflows.send import file_copy, hand_over, prepare

DEFAULT_CONTENT = EmailContent(text="A reminder: your answer to the message below is still awaited.")


def in_order(rules: WaitArguments) -> list[Reminder]:
    """The reminders of a request, the earliest first."""
    return sorted(rules.reminders, key=lambda reminder: reminder.after_minutes)


def next_due(rules: WaitArguments, sent: int, since: datetime) -> datetime | None:
    """When the next reminder goes out, after so many have."""
    left = in_order(rules)[sent:]
    return since + timedelta(minutes=left[0].after_minutes) if left else None


async def send_reminder(
    letter: AwaitedLetter, subject: str, content: EmailContent, recipients: tuple[str, ...], name: str
) -> str:
    """Send it and file its copy; its Message-ID."""
    original = letter.message_ids[0]
    reminder = LetterRequest(
        account=letter.account,
        identity=letter_identity(f"reminder {name}"),
        date=workflow.now(),
        subject=f"Re: {subject}" if subject else "Reminder",
        content=content,
        recipients=tuple(Address(address=one) for one in recipients),
        in_reply_to=original,
        references=(original,),
    )
    prepared = await prepare(reminder)
    await hand_over(DeliverRequest(letter=reminder, message_id=prepared.message_id))
    await file_copy(reminder, prepared.message_id)
    return prepared.message_id
