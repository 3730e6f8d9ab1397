"""How a letter travels inside DATA (RFC 5321 §4.5.2)."""

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")


def transparent(raw: bytes) -> bytes:
    """The letter with CRLF as its only line ends (§2.3.8) and dots at the start of lines doubled."""
    lines = raw
    # A bare CR or LF before a dot is what SMTP smuggling lives on (CVE-2023-51764).
    if not raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
        lines = _LINE_END.sub(b"\r\n", raw)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    return (b"\r\n" + lines).replace(b"\r\n.", b"\r\n..")[2:]
