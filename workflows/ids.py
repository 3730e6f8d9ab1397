"""The names under which workflows and letters are known."""

import hashlib

from temporalio import workflow

# The hexadecimal digits that keep a letter's identity short in headers and free of collisions.
_IDENTITY_DIGITS = 32


def watch_id(account: str, folder: str) -> str:
    """The one watch of a folder."""
    return f"mailbox-watch/{account}/{folder}"


def watch_queue(task_queue: str) -> str:
    """The task queue of the watches: their long activities must not starve the short ones."""
    return f"{task_queue}-watch"


def letter_identity(purpose: str = "letter") -> str:
    """What a letter of this workflow is called; a replay, a retry and a reset all find the same."""
    info = workflow.info()
    source = "\n".join((info.namespace, info.workflow_id, info.first_execution_run_id, purpose))
    return hashlib.sha256(source.encode()).hexdigest()[:_IDENTITY_DIGITS]
