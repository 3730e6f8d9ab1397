"""The search attributes of a namespace: made where that is permitted, looked for where it is not."""

import logging
import time

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from workflows.search_attributes import KEYS

# Somebody may add them while workers run; who has to wait for that should not wait long, nor each action ask.
_ASK_AGAIN_SECONDS = 60.0
_QUERY = " AND ".join(f"{key.name} = ''" for key in KEYS)

log = logging.getLogger("worker")


class TemporalSearchAttributes:
    """Those of a client's namespace; not wanted, they are neither made nor used."""

    def __init__(self, client: Client, *, wanted: bool = True, pause: float = _ASK_AGAIN_SECONDS) -> None:
        self._client = client
        self._wanted = wanted
        self._pause = pause
        self._usable = False
        self._ask_again = 0.0

    async def usable(self) -> bool:
        """Whether the namespace has all of them, and they are wanted."""
        if not self._wanted or self._usable or time.monotonic() < self._ask_again:
            return self._usable
        self._ask_again = time.monotonic() + self._pause
        self._usable = await self._there()
        return self._usable

    async def create(self) -> None:
        """Make what is missing; a Temporal that does not permit it is left as it is."""
        if not self._wanted or await self._there():
            return
        kinds = {key.name: IndexedValueType.ValueType(int(key.indexed_value_type)) for key in KEYS}
        request = AddSearchAttributesRequest(namespace=self._client.namespace, search_attributes=kinds)
        try:
            await self._client.operator_service.add_search_attributes(request)
        except RPCError as error:
            names = ", ".join(kinds)
            log.info("workflows cannot be found by %s: Temporal did not let us create them: %s", names, error.message)

    async def _there(self) -> bool:
        """A query that names them is understood: this needs no more rights than to list workflows."""
        try:
            await self._client.count_workflows(_QUERY)
        except RPCError:
            return False
        return True
