"""How a wait looks at a terminal."""

from typing import get_args

from client.display import REASONS
from models.wait import ExclusionReason


def test_every_reason_has_words() -> None:
    """A delay that is told must not end the display."""
    assert REASONS.keys() == set(get_args(ExclusionReason))
