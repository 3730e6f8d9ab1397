"""The port through which activities learn whether workflows may set search attributes; Temporal stands behind it."""

from typing import Protocol


class SearchAttributes(Protocol):
    """The attributes by which workflows can be found."""

    async def usable(self) -> bool:
        """Whether the namespace has all of them, and they are wanted."""
        ...
