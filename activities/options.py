"""How patient each kind of call is. Retryability is a property of the error, patience one of the call."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

# Strangers choose how long their Message-ID is; the server takes 400 bytes.
_SUMMARY_CHARACTERS = 100


def summarised(config: ActivityConfig, summary: str) -> ActivityConfig:
    """The same patience, with words for Temporal's UI."""
    return {**config, "summary": summary[:_SUMMARY_CHARACTERS]}


# A server that restarts is back within seconds; one that is repaired should not be hammered.
_BACK_OFF = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(minutes=1)
)

# Every activity beats once a second: whoever stands by should not wait minutes for a worker that died.
_MISSED = timedelta(seconds=10)

# No mail is touched: accounts, policy, templates and files are looked at where they are. Trying again means that a
# worker was lost, which must not lose a letter any more than a server's outage does.
PREPARE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(hours=1),
    heartbeat_timeout=_MISSED,
)

# RFC 5321 §4.5.3.2 asks for ten minutes after the final dot; an outage of an hour must not lose a letter.
SEND = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=20),
    schedule_to_close_timeout=timedelta(hours=1),
    heartbeat_timeout=timedelta(seconds=15),
    retry_policy=_BACK_OFF,
)

# Filing a copy is a courtesy; nobody should wait an hour for it.
FILE_COPY = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    schedule_to_close_timeout=timedelta(minutes=3),
    heartbeat_timeout=_MISSED,
    retry_policy=_BACK_OFF,
)

# Short IMAP operations, for a person or a playbook that stands by.
IMAP = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    schedule_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=_MISSED,
    retry_policy=_BACK_OFF,
)

# Large files over slow lines; a file that is there already is not written again, so that trying again is cheap.
ATTACHMENTS = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=30),
    schedule_to_close_timeout=timedelta(hours=1),
    heartbeat_timeout=timedelta(seconds=15),
    retry_policy=_BACK_OFF,
)

# An answer has been counted; whoever waits for it should not wait long for its files.
REPLY_ATTACHMENTS = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=10),
    schedule_to_close_timeout=timedelta(minutes=15),
    heartbeat_timeout=timedelta(seconds=15),
    retry_policy=_BACK_OFF,
)

# What decides a wait: a mailbox that is down overnight must not turn an answer into a time-out.
WAIT = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    schedule_to_close_timeout=timedelta(hours=12),
    heartbeat_timeout=_MISSED,
    retry_policy=_BACK_OFF,
)

# A ping reports what it sees at once: trying again would hide what it is asked to show.
PING = ActivityConfig(start_to_close_timeout=timedelta(minutes=1), retry_policy=RetryPolicy(maximum_attempts=2))


def watching(folder: str, task_queue: str) -> ActivityConfig:
    """A watch runs where it cannot starve the short operations."""
    return {**_WATCH, "task_queue": watch_queue(task_queue), "summary": f"listen to {folder}"}


def watch_queue(task_queue: str) -> str:
    """The task queue of the watches."""
    return f"{task_queue}-watch"


# The watch lives as long as somebody waits; a dead worker is noticed by its missing heart-beat. Attempts add up over
# that whole life, so that their growing pauses must stay short: nobody waits longer because a worker died last month.
_WATCH = ActivityConfig(
    start_to_close_timeout=timedelta(days=365),
    heartbeat_timeout=timedelta(seconds=5),
    cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=5)
    ),
)
