"""Leaving a server alone for a while after it has asked for that."""

import time
from collections.abc import Callable

from mail.errors import ServerUnavailable

# Limits are per minute as a rule: a sixth of that costs little, and six doublings later nobody is bothered.
FIRST_SECONDS = 10.0
LONGEST_SECONDS = 300.0

Clock = Callable[[], float]


class CoolDown:
    """A pause that doubles each time the server has to ask for one, until it has served us again."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._next = FIRST_SECONDS
        self._until = 0.0
        self._reason = ""

    def check(self) -> None:
        """Raise ServerUnavailable, with the seconds that are left, while the pause lasts."""
        if left := self._left:
            raise ServerUnavailable(f"left alone for {left:.0f} s more, as it asked: {self._reason}", retry_after=left)

    def heed(self, error: ServerUnavailable) -> None:
        """Begin a pause if that is what the error asks for, and put its length on the error."""
        if error.retry_after is None:
            return
        self.begin(error.message, error.retry_after)
        error.retry_after = self._left

    def begin(self, reason: str, seconds: float = 0.0) -> None:
        """Begin a pause, of so many seconds if the server has named more than it would be."""
        pause = seconds
        if not self._left:  # the same push-back is heard on all connections, and counts once
            pause = max(seconds, self._next)
            self._next = min(self._next * 2, LONGEST_SECONDS)
        self._until = max(self._until, self._clock() + pause)
        self._reason = reason

    def relieve(self) -> None:
        """The server has served us; what was begun before the pause proves nothing."""
        if not self._left:
            self._next = FIRST_SECONDS

    @property
    def _left(self) -> float:
        return max(0.0, self._until - self._clock())
