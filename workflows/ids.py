"""The names under which workflows and letters are known."""

import hashlib

from temporalio import workflow

# The hexadecimal digits that keep a letter's identity short in headers and free of collisions.
_IDENTITY_DIGITS = 32
# Enough to tell the runs of one id from each other.
_RUN_DIGITS = 8


def watch_id(account: str, folder: str) -> str:
    """The one watch of a folder."""
    return f"mailbox-watch/{account}/{folder}"


def late_replies_id() -> str:
    """What listens after this wait has timed out; a later wait of the same id has its own."""
    info = workflow.info()
    return f"late-replies/{info.workflow_id}/{info.first_execution_run_id[:_RUN_DIGITS]}"


def letter_identity(purpose: str = "letter") -> str:
    """What a letter of this workflow is called; a replay, a retry and a reset all find the same."""
    info = workflow.info()
    source = f"{info.namespace}\n{info.workflow_id}\n{info.first_execution_run_id}\n{purpose}"
    return hashlib.sha256(source.encode()).hexdigest()[:_IDENTITY_DIGITS]
