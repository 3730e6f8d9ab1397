"""Letters to those who owe an answer, in the thread of the letter that asked for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow

from activities import options
from activities.wait import WaitActivities
from models.address import Address
from models.content import EmailContent
from models.send import DeliverRequest, Delivery, LetterRequest
from models.wait import AwaitedLetter, Reminder, WaitArguments
from models.wait_state import WaitState
from workflows.ids import letter_identity
from workflows.send import file_copy, hand_over, prepare

# Threads hang together by fewer; daily reminders of a year would fill a header.
_REFERENCES = 20
DEFAULT_CONTENT = EmailContent(text="A reminder: your answer to the message below is still awaited.")


@dataclass(frozen=True, slots=True)
class DueReminder:
    """What is to be said now; its name tells it from the others of this wait."""

    content: EmailContent
    name: str


def next_due(rules: WaitArguments, wait: WaitState) -> datetime | None:
    """When the next reminder goes out, after so many have."""
    return next(iter(_dates(rules, wait)[wait.reminders_sent :]), None)


def is_due(rules: WaitArguments, wait: WaitState, now: datetime) -> bool:
    """Whether a reminder goes out now, by the clock or because somebody asked."""
    due = next_due(rules, wait)
    return wait.reminder_asked or (due is not None and due <= now)


def take_due(rules: WaitArguments, wait: WaitState, now: datetime, *, latest_alone: bool) -> DueReminder:
    """The reminder to send now; of several that a standstill has delayed, the latest alone."""
    if wait.reminder_asked:
        content, wait.reminder_content, wait.reminder_asked = wait.reminder_content, None, False
        return DueReminder(content or DEFAULT_CONTENT, f"asked at {now.isoformat()}")
    due = sum(date <= now for date in _dates(rules, wait))
    wait.reminders_sent = due if latest_alone else wait.reminders_sent + 1
    return DueReminder(_in_order(rules)[wait.reminders_sent - 1].content, f"number {wait.reminders_sent}")


async def subject_of(wait: WaitState) -> str:
    """The subject of the letter, known from its copy in Sent where nobody has told it."""
    if not wait.subject:
        wait.subject = await workflow.execute_activity_method(WaitActivities.subject, wait.letter, **options.IMAP)
    return wait.subject


def _in_order(rules: WaitArguments) -> list[Reminder]:
    return sorted(rules.reminders, key=lambda reminder: reminder.after_minutes)


def _dates(rules: WaitArguments, wait: WaitState) -> list[datetime]:
    return [wait.letter.since + timedelta(minutes=one.after_minutes) for one in _in_order(rules)]


def who_together(letter: AwaitedLetter, pending: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Who shares a reminder: whoever got a letter of their own is reminded alone, too."""
    return tuple((one,) for one in pending) if letter.addressees else (pending,)


async def send_reminder(
    letter: AwaitedLetter, subject: str, due: DueReminder, recipients: tuple[str, ...]
) -> tuple[AwaitedLetter, Delivery]:
    """Send it and file its copy; the awaited letter, which may now also be answered by way of it, and who got it."""
    alone = recipients[0] if letter.addressees else ""
    # What they have got so far, under each name that it may have reached them by (RFC 5322 §3.6.4).
    thread = [one for one in letter.message_ids if letter.addressees.get(one, "") == alone] or letter.message_ids
    reminder = LetterRequest(
        account=letter.account,
        identity=letter_identity(f"reminder {due.name} to {alone}" if alone else f"reminder {due.name}"),
        date=workflow.now(),
        subject=f"Re: {subject}" if subject else "Reminder",
        content=due.content,
        recipients=tuple(Address(address=one) for one in recipients),
        in_reply_to=thread[0],
        references=tuple(thread[:_REFERENCES]),
    )
    prepared = await prepare(reminder)
    delivery = await hand_over(DeliverRequest(letter=reminder, message_id=prepared.message_id))
    await file_copy(reminder, prepared.message_id)
    known = filter(None, (prepared.message_id, delivery.renamed_to))
    return letter.with_letters(*known, addressee=alone), delivery
