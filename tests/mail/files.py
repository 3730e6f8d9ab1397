"""Letters with files, as decent and as hostile programs write them."""

import base64
from dataclasses import dataclass

ID = "<files@lab.test>"


@dataclass(frozen=True)
class Part:
    """One part: the fields of its header, and its body as transferred."""

    fields: str
    body: bytes


def letter(*parts: Part, message_id: str = ID, subject: str = "Files", boundary: str = "BB") -> bytes:
    """A letter of a short text and these parts, octet by octet as given."""
    head = (
        f"From: a@lab.test\r\nTo: b@lab.test\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\nMIME-Version: 1.0\r\n"
    )
    text = Part("Content-Type: text/plain", b"See the files.")
    whole = f"{head}Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()
    for part in (text, *parts):
        whole += b"--%b\r\n%b\r\n\r\n%b\r\n" % (
            boundary.encode(),
            part.fields.replace("\n", "\r\n").encode(),
            part.body,
        )
    return whole + b"--%b--\r\n" % boundary.encode()


def attached(
    content: bytes, name: str = "", content_type: str = "application/octet-stream", disposition: str = ""
) -> Part:
    """A file in base64; `disposition` replaces the whole value of Content-Disposition."""
    value = disposition or (f'attachment; filename="{name}"' if name else "attachment")
    fields = f"Content-Type: {content_type}\nContent-Transfer-Encoding: base64\nContent-Disposition: {value}"
    return Part(fields, base64.encodebytes(content).replace(b"\n", b"\r\n").removesuffix(b"\r\n"))


def nested(raw: bytes, name: str = "") -> Part:
    """A mail in a mail."""
    shown = f'\nContent-Disposition: attachment; filename="{name}"' if name else ""
    return Part(f"Content-Type: message/rfc822{shown}", raw)
