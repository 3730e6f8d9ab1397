"""A file in a letter, wherever it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """What a reader can save: octets with a type and, mostly, a name."""

    content_type: str
    octets: bytes
    filename: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])  # of the type: charset, method, …
    content_id: str = ""  # without brackets; HTML that names it as cid: shows the file (RFC 2392)
