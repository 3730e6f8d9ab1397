"""The answer to activity types that nobody has written."""

from collections.abc import Sequence

from temporalio import activity
from temporalio.common import RawValue

from activities.failure import refused_request


@activity.defn(dynamic=True)
async def unknown_activity(_arguments: Sequence[RawValue]) -> None:
    """Refuse at once what would otherwise be retried for ever."""
    raise refused_request(f"there is no activity type {activity.info().activity_type!r}")
