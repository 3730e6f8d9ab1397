"""What became of a letter that was handed to a server, recipient by recipient."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server's no to one recipient, or its not now."""

    address: str
    code: int  # RFC 5321 §4.2
    message: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who gets the letter, who never will, and who may if one asks again; addresses as they were given."""

    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...] = ()  # 5xx
    deferred: tuple[Refusal, ...] = ()  # 4xx
    server_reply: str = ""  # to the letter; Amazon SES tells its own Message-ID here
