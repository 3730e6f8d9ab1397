"""More time for those who are away."""

from datetime import timedelta

from models.wait import ReadReply, WaitArguments
from models.wait_state import WaitState
from workflows.conversation import Conversation, Outcome


def extension_for(
    reply: ReadReply, outcome: Outcome, rules: WaitArguments, wait: WaitState, conversation: Conversation
) -> timedelta:
    """By how much the first absence of somebody whose answer is awaited lengthens the wait."""
    minutes = wait.extend_on_absence if rules.extend_on_absence is None else rules.extend_on_absence
    awaited = reply.response.recipient in conversation.pending
    counts = outcome == "auto_reply" and reply.absence is not None and awaited
    return timedelta(minutes=minutes) if counts and not wait.extended_minutes else timedelta()
