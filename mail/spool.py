"""A file on its way in: decoded, hashed and written piece by piece."""

import asyncio
import hashlib
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import BinaryIO

from mail.errors import AttachmentTooLarge
from mail.file_type import HEAD_OCTETS, detected_type
from mail.transfer import TransferDecoder


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file is, told by its decoded octets alone."""

    size: int
    sha256: str
    md5: str
    detected_type: str


class Spool:
    """Takes octets as transferred, keeps octets as meant, and knows their digest at the end."""

    def __init__(self, file: BinaryIO, decoder: TransferDecoder, limit: int) -> None:
        self._file = file
        self._decoder = decoder
        self._limit = limit
        self._size = 0
        self._head = bytearray()
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)  # threat intelligence still asks for it

    async def fill(self, octets: AsyncIterable[bytes]) -> Digest:
        """Write everything down; raises AttachmentTooLarge as soon as it is."""
        async for piece in octets:
            await asyncio.to_thread(self._take, piece)
        return await asyncio.to_thread(self._finish)

    def _take(self, piece: bytes) -> None:
        self._write(self._decoder.feed(piece))

    def _finish(self) -> Digest:
        self._write(self._decoder.finish())
        self._file.flush()
        return Digest(self._size, self._sha256.hexdigest(), self._md5.hexdigest(), detected_type(bytes(self._head)))

    def _write(self, octets: bytes) -> None:
        self._size += len(octets)
        if self._size > self._limit:
            raise AttachmentTooLarge(f"the file has more than {self._limit:,} bytes", limit=self._limit)
        self._head += octets[: HEAD_OCTETS - len(self._head)]
        self._sha256.update(octets)
        self._md5.update(octets)
        self._file.write(octets)
