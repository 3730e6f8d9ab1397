"""The files of a case in storage, and the list of them: `<case>/manifest.jsonl`, a JSON object a line."""

import hashlib
import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from pydantic import ValidationError

from mail.spool import Digest
from mail.storage import Storage
from models.save import ManifestEntry

_MANIFEST = "manifest.jsonl"
# What is a key on every store, a folder on every system, and its own best name.
_SAFE_CASE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?")
_NOT_SAFE = re.compile(r"[^A-Za-z0-9_-]+")
_SLUG_CHARACTERS = 60
# Enough of a digest that two cases never share a folder.
_DIGEST_DIGITS = 16


class CaseWall:
    """Keeps files under their content: what is saved again, by whomever and whenever, is the same object."""

    def __init__(self, storage: Storage, case_id: str) -> None:
        self._storage = storage
        self._case = case_key(case_id)

    @contextmanager
    def incoming(self) -> Generator[BinaryIO, None, None]:
        """Room for a file that is not whole yet."""
        with tempfile.NamedTemporaryFile(prefix="attachment-") as file:
            yield cast("BinaryIO", file)

    async def keep(self, file: BinaryIO, digest: Digest, name: str) -> str:
        """Store a whole file; where it is."""
        # Folder stores keep "name#1" for themselves, for what is not whole yet.
        key = f"{self._case}/{digest.sha256}/{name.replace('#', '_')}"
        await self._storage.put_file(key, Path(file.name), digest.size)
        return self._storage.uri(key)

    async def enter(self, entry: ManifestEntry) -> None:
        """List a file in the manifest, unless it is listed already."""
        await self._storage.change(f"{self._case}/{_MANIFEST}", lambda manifest: _with(manifest, entry))


def case_key(case_id: str) -> str:
    """The folder of a case: its id where that is harmless, else what is legible of it and a digest."""
    if _SAFE_CASE.fullmatch(case_id):
        return case_id
    digest = hashlib.sha256(case_id.encode("utf-8", "replace")).hexdigest()[:_DIGEST_DIGITS]
    slug = _NOT_SAFE.sub("-", case_id)[:_SLUG_CHARACTERS].strip("-")
    return f"{slug}-{digest}" if slug else f"case-{digest}"


def _with(manifest: bytes, entry: ManifestEntry) -> bytes:
    if any(_is_same(line, entry) for line in manifest.splitlines()):
        return manifest
    # A last line that somebody has cut short must not swallow ours.
    separator = b"\n" if manifest and not manifest.endswith(b"\n") else b""
    return b"%b%b%b\n" % (manifest, separator, entry.model_dump_json().encode())


def _is_same(line: bytes, entry: ManifestEntry) -> bool:
    try:
        listed = ManifestEntry.model_validate_json(line)
    except ValidationError:
        return False  # of a later version, or damaged: left as it is
    return _identity(listed) == _identity(entry)


def _identity(entry: ManifestEntry) -> tuple[str, ...]:
    return entry.sha256, entry.filename, entry.message_id, entry.folder
