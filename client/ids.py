"""How actions are named when the caller does not name them."""

import hashlib
import uuid
from collections.abc import Callable

from models.request import Request

# Enough of a digest that two requests of a case never share one.
_DIGITS = 16


def once(action: str) -> Callable[[Request], str]:
    """Ids for an action with an effect: the same request of a case, started twice, is refused."""

    def new_id(request: Request) -> str:
        if getattr(request, "dry_run", False):
            return anew(action)(request)  # it changes nothing
        digest = hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:_DIGITS]
        return f"{action}/{request.case_id}/{digest}"

    return new_id


def anew(action: str) -> Callable[[Request], str]:
    """Ids for an action that changes nothing: it may be repeated as often as one likes."""
    return lambda request: f"{action}/{request.case_id}/{uuid.uuid4()}"
