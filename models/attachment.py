"""Files that come with a letter."""

from typing import Annotated, Literal

from pydantic import Field

from models.request import Message

FailureReason = Literal[
    "message_not_found",  # in none of the folders
    "message_gone",  # it went away before its files were read
    "attachment_not_found",  # no message has an attachment of this name
    "too_large",  # larger than policy.max_download_bytes
    "unavailable",  # the server or the storage failed for too long
    "too_many",  # what comes after the 200th attachment of a message
]


def _is_none(value: object) -> bool:
    return value is None


_WhenSaved = Field(default=None, exclude_if=_is_none)


class Attachment(Message):
    """A file of a received message, listed and not loaded; the last ones tell where a wait has saved it, or why not."""

    filename: str
    content_type: str
    size: int  # octets, as transferred
    inline: bool = False
    uri: Annotated[str | None, _WhenSaved] = None
    saved_size: Annotated[int | None, _WhenSaved] = None  # octets, decoded
    detected_type: Annotated[str | None, _WhenSaved] = None
    sha256: Annotated[str | None, _WhenSaved] = None
    md5: Annotated[str | None, _WhenSaved] = None
    not_saved: Annotated[str | None, _WhenSaved] = None  # why


class KeptAttachment(Message):
    """A file of a received message that has been written down."""

    filename: Annotated[str, Field(description="the safe name under which it is kept")]
    original_filename: Annotated[str, Field(description="as the sender wrote it; empty where there is none")]
    conflicting_filenames: Annotated[
        tuple[str, ...], Field(description="other names that the same attachment claims: readers will disagree")
    ] = ()
    size: Annotated[int, Field(description="octets, decoded")]
    content_type: Annotated[str, Field(description="as the sender says")]
    detected_type: Annotated[str, Field(description="as the first octets show")]
    sha256: Annotated[str, Field(description="of the decoded octets")]
    md5: str
    message_id: str
    folder: str


class FailedAttachment(Message):
    """An attachment, or all those of a message, that could not be had, and why."""

    message_id: str | None = None
    filename: str | None = None  # null = all of the message
    folder: str | None = None  # null = the message is in none of them
    reason: FailureReason
