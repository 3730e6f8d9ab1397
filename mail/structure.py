"""The parts of a message as BODYSTRUCTURE tells them (RFC 3501 §7.4.2), before anything is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One part; `section` is what FETCH BODY.PEEK[section] takes ("" for a multipart at the top)."""

    section: str
    content_type: str  # "text/plain", lower case
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])  # of Content-Type, names lower case
    encoding: str = "7bit"  # Content-Transfer-Encoding, lower case
    size: int = 0  # octets as transferred
    disposition: str = ""  # "attachment", "inline" or none, lower case
    disposition_parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    content_id: str = ""
    children: tuple["BodyPart", ...] = ()
