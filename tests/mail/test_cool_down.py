"""A server that asks for a pause gets one, and a longer one when it has to ask again."""

import pytest

from mail.cool_down import FIRST_SECONDS, LONGEST_SECONDS, CoolDown
from mail.errors import ServerUnavailable
from tests.mail.test_pace import Time


def left(cool_down: CoolDown) -> float:
    """The seconds that are left of the pause."""
    try:
        cool_down.check()
    except ServerUnavailable as error:
        return error.retry_after or 0
    return 0


def asked(seconds: float | None) -> ServerUnavailable:
    """A server that asks for that."""
    return ServerUnavailable("too many", retry_after=seconds)


@pytest.fixture
def time() -> Time:
    """The clock of the test."""
    return Time()


def test_pauses_double_up_to_some_minutes(time: Time) -> None:
    """As long as the server does not serve us in between."""
    cool_down, pauses = CoolDown(time.clock), list[float]()
    for _ in range(7):
        cool_down.heed(asked(0))
        pauses.append(left(cool_down))
        time.now += pauses[-1]
    assert pauses == [10, 20, 40, 80, 160, 300, 300]
    assert (pauses[0], pauses[-1]) == (FIRST_SECONDS, LONGEST_SECONDS)


def test_a_served_request_ends_the_doubling(time: Time) -> None:
    """But not the pause: what was under way when the server asked proves nothing."""
    cool_down = CoolDown(time.clock)
    cool_down.heed(asked(0))
    cool_down.relieve()
    assert left(cool_down) == 10
    time.now += 10
    cool_down.relieve()
    cool_down.heed(asked(0))
    assert left(cool_down) == 10


def test_the_servers_own_time_counts(time: Time) -> None:
    """Where it is longer than ours; the error then carries what is left."""
    cool_down, error = CoolDown(time.clock), asked(90)
    cool_down.heed(error)
    assert (left(cool_down), error.retry_after) == (90, 90)


def test_one_push_back_heard_on_three_connections_is_one(time: Time) -> None:
    """It is not doubled three times."""
    cool_down = CoolDown(time.clock)
    for _ in range(3):
        cool_down.heed(asked(0))
    assert left(cool_down) == 10


def test_a_lost_connection_is_no_push_back(time: Time) -> None:
    """A server that restarts is back soon."""
    cool_down = CoolDown(time.clock)
    cool_down.heed(asked(None))
    assert left(cool_down) == 0
