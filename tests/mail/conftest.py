"""What the tests of the message-reading layer share."""

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def stopwatch() -> Callable[[], float]:
    """Seconds of processor time since the test began."""
    begun = time.process_time()
    return lambda: time.process_time() - begun
