"""What workflows can be found by in Temporal's lists: case, letters, account, and how a wait stands."""

# The SDK leaves the type of an attribute's value open in updates and pairs.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import json
from collections.abc import Iterable, Iterator
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

CASE_ID = SearchAttributeKey.for_keyword("MailCaseId")
MESSAGE_ID = SearchAttributeKey.for_keyword_list("MailMessageId")  # one of several is enough to find them
ACCOUNT = SearchAttributeKey.for_keyword("MailAccount")
STATE = SearchAttributeKey.for_keyword("MailState")
KEYS: tuple[SearchAttributeKey[Any], ...] = (CASE_ID, MESSAGE_ID, ACCOUNT, STATE)

# The server takes 2 KiB of JSON a value and fails the workflow's task over more; a keyword of its SQL stores has 255
# characters.
_BYTES = 2_000
_CHARACTERS = 255


def show(*, case_id: str, account: str, message_ids: Iterable[str], state: str = "") -> None:
    """Let the workflow be found by these; only where the namespace is known to have the attributes.

    What is there already costs no event.
    """
    known = workflow.info().typed_search_attributes
    letters = tuple(_keywords(message_ids))
    changes: list[SearchAttributeUpdate[Any]] = [
        key.value_set(value)
        for key, value in ((CASE_ID, _keyword(case_id)), (ACCOUNT, _keyword(account)), (STATE, state))
        if value and known.get(key) != value
    ]
    if letters and tuple(known.get(MESSAGE_ID) or ()) != letters:
        changes.append(MESSAGE_ID.value_set(letters))
    if changes:
        workflow.upsert_search_attributes(changes)


def inherited() -> TypedSearchAttributes:
    """What a workflow is found by that goes on for this one; its state is its own."""
    known = workflow.info().typed_search_attributes
    return TypedSearchAttributes([pair for pair in known if pair.key.name != STATE.name])


def _keyword(value: str) -> str:
    """As much as a keyword holds; cut, it is still found by its beginning."""
    # PostgreSQL takes no NUL, and JSON no half of a surrogate pair: strangers write Message-IDs.
    value = "".join(filter(str.isprintable, value))[:_CHARACTERS]
    while _size(value) > _BYTES:
        value = value[:-1]
    return value


def _keywords(values: Iterable[str]) -> Iterator[str]:
    """The first ones, as many as a list of keywords holds."""
    size = 0
    for value in filter(None, map(_keyword, values)):
        size += _size(value)
        if size > _BYTES:
            return
        yield value


def _size(value: str) -> int:
    # A comma and a space stand between two of them.
    return len(json.dumps(value)) + len(", ")
