"""The port through which activities reach the watches and the waits; Temporal stands behind it."""

from collections.abc import Sequence
from typing import Protocol

from models.watch import Arrival, Concern, Registration


class Watches(Protocol):
    """The mailbox watches and who is registered with them."""

    async def register(self, account: str, folder: str, registration: Registration) -> None:
        """Have a wait told of new mail in this folder; begins the folder's watch where there is none."""

    async def renew(self, account: str, folder: str, registration: Registration) -> None:
        """Register unless the watch knows the wait as it is; asking leaves no event in its history."""

    async def concerned(self, watch_id: str, arrivals: Sequence[Arrival]) -> tuple[Concern, ...]:
        """Which waits these messages concern."""
        ...

    async def point(self, concern: Concern) -> bool:
        """Tell a wait of its message; False when the wait has ended."""
        ...

    async def release(self, watch_id: str, wait_id: str) -> None:
        """Forget a wait."""
