"""What is measured, by the names that Prometheus knows it under; who keeps the figures is for others to say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

# Servers tell whole seconds; a mailbox that was down overnight is still told from one that was down an hour.
DELAYS = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 43_200.0)

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: its labels are few and of few values, so that they never name a person or a message."""

    name: str
    kind: Kind
    description: str
    labels: tuple[str, ...]


OPEN_WAITS = Metric(
    "mail_open_waits", "gauge", "Waits that are registered with a folder's watch", ("account", "folder")
)
LAST_PROBE = Metric(
    "mail_watch_last_probe_timestamp_seconds",
    "gauge",
    "When the server last answered for a watched folder, in seconds since 1970",
    ("account", "folder"),
)
WATCH_LAG = Metric(
    "mail_watch_lag_seconds",
    "histogram",
    "From the arrival of a message to the moment when its waits were told",
    ("account",),
)
REPLY_LATENCY = Metric(
    "mail_reply_latency_seconds",
    "histogram",
    "From the arrival of an answer, or the beginning of its wait, to the moment when it was counted",
    ("account",),
)
BOUNCES = Metric("mail_bounces_total", "counter", "Recipients whom a delivery report gave up", ("account",))
EXCLUDED = Metric(
    "mail_excluded_total", "counter", "Messages of a conversation that do not count as answers", ("account", "reason")
)
SENDS = Metric("mail_sends_total", "counter", "Attempts to hand a letter over, by outcome", ("account", "outcome"))
REFUSALS = Metric(
    "mail_refusals_total", "counter", "Recipients whom a server refused, for good or for now", ("account", "reason")
)
SENDS_WAITING = Metric(
    "mail_sends_waiting", "gauge", "Letters in this worker that wait for their pace or a connection", ("account",)
)
CONNECTIONS = Metric(
    "mail_connections_in_use", "gauge", "Connections that are lent to an operation", ("account", "protocol", "purpose")
)
AUTHENTICATION_FAILURES = Metric(
    "mail_authentication_failures_total", "counter", "Log-ins that a server has refused", ("account", "protocol")
)
FOREIGN_TOKENS = Metric(
    "mail_foreign_tokens_total",
    "counter",
    "Messages to a signed address that is none of an open wait's letters: forged, or late",
    ("account",),
)

METRICS = (
    OPEN_WAITS,
    LAST_PROBE,
    WATCH_LAG,
    REPLY_LATENCY,
    BOUNCES,
    EXCLUDED,
    SENDS,
    REFUSALS,
    SENDS_WAITING,
    CONNECTIONS,
    AUTHENTICATION_FAILURES,
    FOREIGN_TOKENS,
)


class Recorder(Protocol):
    """Whoever keeps the figures."""

    def record(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Add to a counter, set a gauge, put a value into a histogram."""


class Meter:
    """Records with labels that are already known; without a recorder, nothing."""

    def __init__(self, recorder: Recorder | None = None, **labels: str) -> None:
        self._recorder = recorder
        self._labels = labels

    def labelled(self, **labels: str) -> "Meter":
        """A meter that knows these labels, too."""
        return Meter(self._recorder, **self._labels, **labels)

    def record(self, metric: Metric, value: float = 1, **labels: str) -> None:
        """Record one value; labels that the metric does not have are left out."""
        if self._recorder is not None:
            known = {**self._labels, **labels}
            self._recorder.record(metric, value, {name: known[name] for name in metric.labels})


# Nobody keeps figures.
SILENT = Meter()


class Headcount:
    """A gauge of those who are inside a `with`."""

    def __init__(self, meter: Meter, metric: Metric) -> None:
        self._meter = meter
        self._metric = metric
        self._inside = 0
        self._meter.record(metric, 0)

    def __enter__(self) -> None:
        self._change(1)

    def __exit__(self, *_: object) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        self._inside += by
        self._meter.record(self._metric, self._inside)
