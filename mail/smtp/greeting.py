"""Who answers at the other end of an SMTP connection."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a server says of itself, and how safely."""

    server: str
    tls: str  # "TLSv1.3"; empty = in clear
    capabilities: tuple[str, ...]
