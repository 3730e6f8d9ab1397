"""What a file is, whatever it is called."""

import io
import zipfile
from collections.abc import Callable

import pytest

from mail.file_type import HEAD_OCTETS, detected_type


def archive(*names: str) -> bytes:
    """A ZIP with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"MZ" + bytes(200), "application/vnd.microsoft.portable-executable"),
        (b"\x78\x9f\x3e\x22" + bytes(20), "application/ms-tnef"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "image/jpeg"),
        (archive("a.txt"), "application/zip"),
        (archive("mimetype"), "application/vnd.oasis.opendocument.text"),
        (
            archive("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"\n<!-- a --><!-- b --> <HTML>", "text/html"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x"><script/>', "image/svg+xml"),
        (b"Received: from a\r\n by b", "message/rfc822"),
        (b"#!/bin/sh\nrm", "text/x-shellscript"),
        ("Grüße".encode() * 10_000, "text/plain"),
        (b"\x00\x01\x02\x03", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_first_octets_tell(head: bytes, name: str) -> None:
    """What attackers send is told apart; what nobody knows is not guessed."""
    assert detected_type(head[:HEAD_OCTETS]) == name


@pytest.mark.parametrize("piece", [b"<!---->", b"<!-- ", b"<?xml ", b" ", b"PK\x03\x04", b"<", b"=\x00"])
def test_no_head_keeps_a_processor_busy(piece: bytes, stopwatch: Callable[[], float]) -> None:
    """Time stays linear in what a stranger may repeat."""
    detected_type((piece * HEAD_OCTETS)[:HEAD_OCTETS])
    assert stopwatch() < 0.5
