"""What this worker allows, whoever asks."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from mail.account import Part
from models.address import as_items
from models.argument import LONGEST_MINUTES
from models.wait import LateReplyRoute


def _absolute(folder: Path) -> Path:
    if not folder.is_absolute():
        raise ValueError(f"{str(folder)!r} is no absolute path such as /srv/soar")
    return folder


Roots = Annotated[tuple[Annotated[Path, AfterValidator(_absolute)], ...], BeforeValidator(as_items)]
Names = Annotated[tuple[str, ...], BeforeValidator(as_items)]


class Policy(Part):
    """Where files may come from and go to, whom we write to, whose word on authentication counts."""

    attachment_roots: Roots = ()
    """Files may be sent only from these folders."""
    download_roots: Roots = ()
    """Files may be written only into these folders."""
    allowed_recipient_domains: Names = ()
    """Whom we write to; empty = anybody."""
    trusted_authserv_ids: Names = ()
    """Whose Authentication-Results are believed (RFC 8601): your own servers', which must remove forged ones."""
    trusted_arc_sealers: Names = ()
    """Domains (d= of their seals) whose word on what they forwarded counts (RFC 8617)."""
    replies_on_behalf: Literal["accept", "exclude"] = "accept"
    """An answer with our token from another address: it counts for whom the letter was sent to, or not at all."""
    match_by_subject: bool = False
    """Whether a letter of an awaited sender with our subject is an answer although nothing else ties it to ours."""
    extend_on_absence: Annotated[int, Field(ge=0, le=LONGEST_MINUTES)] = 0
    """By how many minutes the first absence of a recipient puts a wait's deadline off, unless the wait says itself."""
    late_replies: LateReplyRoute = LateReplyRoute()
    # Gmail, Exchange and most others refuse letters over 25 MB.
    max_attachments_bytes: Annotated[int, Field(ge=0)] = 25_000_000
    """Of all attachments of one letter."""
    # No mail system delivers larger ones.
    max_download_bytes: Annotated[int, Field(ge=0)] = 150_000_000
    """Of one attachment that is downloaded or saved, decoded."""
