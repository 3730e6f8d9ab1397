"""What a wait adds to the worker's figures; nothing is added again by a replay."""

from datetime import timedelta

from temporalio import workflow

from activities.meter import TemporalRecorder
from mail.metrics import BOUNCES, EXCLUDED, REPLY_LATENCY, Meter
from models.wait import ReadReply
from workflows.conversation import Outcome


def measure(reply: ReadReply, outcome: Outcome, account: str) -> None:
    """Record what one message has meant to the wait."""
    meter = Meter(TemporalRecorder(workflow.metric_meter()), account=account)
    match outcome:
        case "replied":
            meter.record(REPLY_LATENCY, _lain(reply) / timedelta(seconds=1))
        case "bounced":
            meter.record(BOUNCES)
        case "ignored":
            pass
        case _:
            meter.record(EXCLUDED, reason=outcome)


def _lain(reply: ReadReply) -> timedelta:
    """How long an answer lay there; before its wait had begun nobody could have counted it."""
    since = max(reply.arrived, workflow.info().start_time)
    return max(timedelta(), workflow.now() - since)
