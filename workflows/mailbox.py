"""What a workflow that waits for answers asks of the mailbox and of its watches."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError
from temporalio.workflow import ActivityConfig

from activities import options
from activities.wait import WaitActivities
from models.wait import (
    AwaitedLetter,
    LookRequest,
    LookResult,
    MessagePointer,
    ReadReply,
    ReadReplyRequest,
    WaitArguments,
)
from workflows.ids import watch_id
from workflows.watch import MailboxWatch

# A wait looks once more at its end; the watch may forget it some time after that.
_LEASE_BEYOND_END = timedelta(days=1)
# All texts of a result together; Temporal carries 2 MiB, and a response has three texts.
_TEXT_BUDGET = 1_200_000
_LONGEST_TEXT = 64 * 1024
_TEXTS_A_RESPONSE = 3


async def look(
    letter: AwaitedLetter,
    recipients: Sequence[str],
    *,
    end: datetime,
    patience: ActivityConfig,
    again: bool,
    reminds: bool = False,
) -> LookResult:
    """Register with the watches until some time after this end, and search for answers that are there."""
    request = LookRequest(
        letter=letter, until=end + _LEASE_BEYOND_END, reminds=reminds, again=again, recipients=tuple(recipients)
    )
    return await workflow.execute_activity_method(
        WaitActivities.look, request, **options.summarised(patience, ", ".join(letter.folders))
    )


async def read_reply(
    letter: AwaitedLetter, pointer: MessagePointer, rules: WaitArguments, recipients: Sequence[str]
) -> ReadReply | None:
    """Read one message as an answer; None when it is gone."""
    fair_share = _TEXT_BUDGET // (_TEXTS_A_RESPONSE * len(recipients))
    request = ReadReplyRequest(
        letter=letter,
        pointer=pointer,
        recipients=tuple(recipients),
        exclude_pattern=rules.wait_stage_exclude_pattern,
        reply_authentication=rules.reply_authentication,
        text_limit=min(_LONGEST_TEXT, fair_share),
    )
    return await workflow.execute_activity_method(
        WaitActivities.read_reply, request, **options.summarised(options.WAIT, pointer.message_id)
    )


async def release(letter: AwaitedLetter) -> None:
    """Let the watches forget this workflow."""
    for folder in letter.folders:
        watch = workflow.get_external_workflow_handle_for(MailboxWatch.run, watch_id(letter.account, folder))
        with suppress(FailureError):  # a watch that has ended has forgotten us already
            await watch.signal(MailboxWatch.release, workflow.info().workflow_id)
