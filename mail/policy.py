"""What this worker allows, whoever asks."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from mail.account import Part
from models.address import as_items

Roots = Annotated[tuple[Path, ...], BeforeValidator(as_items)]
Names = Annotated[tuple[str, ...], BeforeValidator(as_items)]


class Policy(Part):
    """Where files may come from and go to, whom we write to, whose word on authentication counts."""

    attachment_roots: Roots = ()
    download_roots: Roots = ()
    allowed_recipient_domains: Names = ()  # empty = any
    trusted_authserv_ids: Names = ()
    # Gmail, Exchange and most others refuse letters over 25 MB.
    max_attachments_bytes: Annotated[int, Field(ge=0)] = 25_000_000
    # Of one attachment that is downloaded or saved, decoded: no mail system delivers larger ones.
    max_download_bytes: Annotated[int, Field(ge=0)] = 150_000_000
