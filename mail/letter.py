"""A letter of ours before it is composed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mail.enclosure import Enclosure
from models.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that a letter says; composing it twice gives the same bytes."""

    message_id: str  # with its angle brackets
    date: datetime  # aware
    sender: Address
    subject: str
    text: str
    html: str = ""  # empty = text only
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Path, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()  # parts of another letter
    headers: Mapping[str, str] = field(default_factory=dict[str, str])  # Thread-Index and the like, ASCII
