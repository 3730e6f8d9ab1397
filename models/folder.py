"""What became of each folder that a request names."""

from typing import Literal

from models.request import Message


class FolderOutcome(Message):
    """Whether a folder could be searched and how much was found there."""

    name: str
    status: Literal["searched", "not_found", "denied"]
    matched: int = 0
