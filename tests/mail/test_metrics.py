"""What mail measures, and under which labels."""

from collections.abc import Awaitable, Mapping
from contextlib import suppress

import pytest

from mail.entrance import Entrance
from mail.errors import (
    AuthenticationFailed,
    MailError,
    MessageRejected,
    RecipientForbidden,
    SendOutcomeUnknown,
    ServerUnavailable,
)
from mail.ledger import Ledger
from mail.metrics import (
    AUTHENTICATION_FAILURES,
    METRICS,
    REFUSALS,
    SENDS,
    SENDS_WAITING,
    SILENT,
    Headcount,
    Meter,
    Metric,
)
from models.send import Delivery, RefusedRecipient

NOBODY = RefusedRecipient(address="nobody@x.example", code=550, message="no such user")


class Figures:
    """Keeps the last value of gauges and the sum of counters."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], float] = {}

    def record(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """As a meter does."""
        assert tuple(labels) == metric.labels
        key = (metric.name, *labels.values())
        self.values[key] = value + (self.values.get(key, 0) if metric.kind == "counter" else 0)

    def of(self, metric: Metric) -> dict[str, float]:
        """The values of one metric that are not zero, by its last label."""
        return {key[-1]: value for key, value in self.values.items() if key[0] == metric.name and value}


@pytest.fixture
def figures() -> Figures:
    """Nothing yet."""
    return Figures()


@pytest.fixture
def meter(figures: Figures) -> Meter:
    """The meter of one account."""
    return Meter(figures, account="soc")


async def result(outcome: Delivery | MailError) -> Delivery:
    """A delivery that ends so."""
    if isinstance(outcome, MailError):
        raise outcome
    return outcome


@pytest.mark.parametrize(
    ("outcome", "entered"),
    [
        (Delivery(accepted=("a@x.example",), refused=(NOBODY,)), "taken"),
        (Delivery(refused=(NOBODY,)), "refused"),
        (Delivery(deferred=(NOBODY,)), "postponed"),
        (MessageRejected("spam"), "refused"),
        (ServerUnavailable("later"), "postponed"),
        (SendOutcomeUnknown("lost"), "unknown"),
        (RecipientForbidden("policy"), "failed"),
    ],
)
async def test_every_attempt_to_send_is_entered(
    figures: Figures, meter: Meter, outcome: Delivery | MailError, entered: str
) -> None:
    """By what came of it; an error goes on as it was."""
    attempt: Awaitable[Delivery] = Ledger(meter).enter(result(outcome))
    if isinstance(outcome, MailError):
        with pytest.raises(type(outcome)):
            await attempt
    else:
        await attempt
        assert figures.of(REFUSALS) == {
            reason: len(people)
            for reason, people in (("for good", outcome.refused), ("for now", outcome.deferred))
            if people
        }
    assert figures.of(SENDS) == {entered: 1}


async def test_a_refused_log_in_is_counted_once(figures: Figures, meter: Meter) -> None:
    """Those who hear of it without asking are no attempts."""
    entrance = Entrance(meter.labelled(protocol="imap"))

    async def refused() -> None:
        raise AuthenticationFailed("wrong password")

    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            await entrance.enter(refused, entrance.failures)
    assert figures.of(AUTHENTICATION_FAILURES) == {"imap": 1}


def test_a_gauge_knows_who_is_inside(figures: Figures, meter: Meter) -> None:
    """Also when somebody leaves by an error."""
    queue = Headcount(meter, SENDS_WAITING)
    with suppress(ServerUnavailable), queue, queue:
        assert figures.of(SENDS_WAITING) == {"soc": 2}
        raise ServerUnavailable("later")
    assert figures.values[SENDS_WAITING.name, "soc"] == 0


def test_without_a_recorder_nothing_is_kept() -> None:
    """Nobody has to measure: labels may be missing then."""
    SILENT.record(SENDS)


def test_names_follow_prometheus() -> None:
    """A unit in the name; _total for counters alone; nothing that tells people apart."""
    for metric in METRICS:
        assert metric.name.startswith("mail_")
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.kind != "histogram" or metric.name.endswith("_seconds")
        assert set(metric.labels) <= {"account", "folder", "protocol", "purpose", "outcome", "reason"}
