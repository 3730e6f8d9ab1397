"""The answer to workflow types that nobody has written."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

from activities.failure import refused_request


@workflow.defn(dynamic=True)
class UnknownWorkflow:
    """Refuse at once what would otherwise be retried for ever."""

    @workflow.run
    async def run(self, _arguments: Sequence[RawValue]) -> None:
        raise refused_request(f"there is no workflow type {workflow.info().workflow_type!r}")
