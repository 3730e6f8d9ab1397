"""The answer to workflow types that nobody has written."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

from activities.failure import refused_request
from models.request import unknown_name
from workflows.catalogue import WORKFLOWS


@workflow.defn(dynamic=True)
class UnknownWorkflow:
    """Refuse at once what would otherwise be retried for ever."""

    @workflow.run
    async def run(self, _arguments: Sequence[RawValue]) -> None:
        asked = workflow.info().workflow_type
        known = (one.__name__ for one in WORKFLOWS)
        raise refused_request(f"workflow type {asked!r}: {unknown_name(asked, known)}")
