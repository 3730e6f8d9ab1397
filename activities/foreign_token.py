"""Mail to a signed address that is none of an awaited letter's: it proves nothing, and somebody may want to know."""

from temporalio import activity

from mail.metrics import FOREIGN_TOKENS
from mail.open_account import OpenAccount
from models.wait import MessagePointer


def note_foreign_token(account: OpenAccount, pointer: MessagePointer) -> None:
    """Count it; neither the log nor the metric shows the token."""
    account.meter.record(FOREIGN_TOKENS)
    activity.logger.warning(
        "account %s: message %d in %s came with a token of no awaited letter", account.name, pointer.uid, pointer.folder
    )
