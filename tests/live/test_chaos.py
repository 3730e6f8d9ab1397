"""A campaign of faults in short; `make chaos` is the long form."""

import pytest

from chaos.campaign import carry_out
from chaos.plan import Fault, Plan, Size

pytestmark = pytest.mark.live

SEED = 7
IN_IDLE = (Fault.CUT_IN_IDLE, Fault.CUT_IN_NEWS, Fault.FALSE_NEWS)
SHORT = Size.of(sends=20, waits=20, kills=4)


def test_a_seed_is_a_plan() -> None:
    """What has gone wrong once can be done again."""
    assert Plan.drawn(SEED, SHORT) == Plan.drawn(SEED, SHORT)
    assert Plan.drawn(SEED, SHORT) != Plan.drawn(SEED + 1, SHORT)


@pytest.mark.usefixtures("lab")
async def test_nothing_is_lost_doubled_or_stuck() -> None:
    """Workers are killed in the act, every server goes away, lines are cut at chosen octets and lie."""
    outcome = await carry_out(Plan.drawn(SEED, SHORT))
    assert outcome.passed, "\n".join((*outcome.plan.lines(), *outcome.lines()))
    assert outcome.kills >= SHORT.kills
    assert any(outcome.faults[fault] for fault in IN_IDLE)
