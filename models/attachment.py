"""Files that come with a letter."""

from models.request import Message


class Attachment(Message):
    """A file of a received message, listed and not loaded."""

    filename: str
    content_type: str
    size: int  # octets, as transferred
    inline: bool = False
