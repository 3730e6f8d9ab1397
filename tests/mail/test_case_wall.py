"""Files of a case in storage, and their manifest."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from mail.case_wall import CaseWall, case_key
from mail.errors import NotConfigured
from mail.spool import Digest
from mail.storage import Storage
from models.save import ManifestEntry


def entry(name: str = "a.txt", message_id: str = "<1@x>") -> ManifestEntry:
    """A line of a manifest."""
    return ManifestEntry(
        uri="x:/",
        filename=name,
        original_filename=name,
        size=1,
        content_type="text/plain",
        detected_type="text/plain",
        sha256="00",
        md5="00",
        message_id=message_id,
        folder="INBOX",
        saved_at=datetime.now(UTC),
    )


async def stored(wall: CaseWall, content: bytes, name: str) -> str:
    """Store a file; where it is."""
    with wall.incoming() as incoming:
        incoming.write(content)
        incoming.flush()
        return await wall.keep(incoming, Digest(len(content), hashlib.sha256(content).hexdigest(), "", ""), name)


def place(uri: str) -> Path:
    """Where a file URI leads."""
    return Path(unquote(urlsplit(uri).path))


def neighbours(path: Path) -> list[str]:
    """Everything beside a file, and itself."""
    return [one.name for one in path.parent.iterdir()]


def identity(path: Path) -> tuple[int, int]:
    """What changes when a file is written again."""
    return path.stat().st_mtime_ns, path.stat().st_ino


@pytest.fixture(params=["folder", "memory"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A folder, which locks, and a store with conditional writing, as S3 has it."""
    url = (tmp_path / "cases").as_uri()
    return Storage(url) if request.param == "folder" else Storage(url, MemoryStore())


async def lines(storage: Storage, case: str = "7") -> list[str]:
    """The names in a case's manifest."""
    read: list[bytes] = []

    def look(manifest: bytes) -> bytes:
        read.append(manifest)
        return manifest

    await storage.change(f"{case}/manifest.jsonl", look)
    return [json.loads(line)["filename"] for line in read[0].splitlines()]


@pytest.mark.parametrize("name", ["a.txt", "Größe 100% #1", "報告?.pdf", "a#1"])
async def test_a_stored_file_lies_where_its_uri_says(tmp_path: Path, name: str) -> None:
    """Whatever its name, and a file of many parts."""
    wall = CaseWall(Storage((tmp_path / "my cases").as_uri()), "7")
    content = bytes(range(256)) * 50_000
    path = place(await stored(wall, content, name))
    assert path.read_bytes() == content
    assert neighbours(path) == [path.name]


async def test_a_file_saved_again_is_the_same_object(tmp_path: Path) -> None:
    """It is not even written again."""
    wall = CaseWall(Storage(tmp_path.as_uri()), "7")
    uri = await stored(wall, b"x", "a.txt")
    before = identity(place(uri))
    assert await stored(wall, b"x", "a.txt") == uri
    assert identity(place(uri)) == before
    assert await stored(wall, b"y", "a.txt") != uri


async def test_the_manifest_lists_each_file_once(storage: Storage) -> None:
    """The same file of another message is another entry."""
    for one in (entry(), entry(), entry("b.txt"), entry(message_id="<2@x>"), entry("b.txt")):
        await CaseWall(storage, "7").enter(one)
    assert await lines(storage) == ["a.txt", "b.txt", "a.txt"]


async def test_saves_at_the_same_time_lose_nothing(storage: Storage) -> None:
    """Everybody's line is there, and every line once."""
    names = [f"{number}.txt" for number in range(20)]
    await asyncio.gather(*(CaseWall(storage, "7").enter(entry(name)) for name in (*names, *names)))
    assert sorted(await lines(storage)) == sorted(names)


async def test_a_line_written_in_between_is_kept() -> None:
    """Where there is no lock, whoever was slower starts again from what is there."""
    store = MemoryStore()
    store.put("7/manifest.jsonl", b"first\n")
    seen: list[bytes] = []

    def interrupted(manifest: bytes) -> bytes:
        if not seen:
            store.put("7/manifest.jsonl", manifest + b"in between\n")
        seen.append(manifest)
        return manifest + b"ours\n"

    await Storage("memory://", store).change("7/manifest.jsonl", interrupted)
    assert store.get("7/manifest.jsonl").bytes() == b"first\nin between\nours\n"
    assert len(seen) == 2


async def test_lines_of_others_stay(tmp_path: Path) -> None:
    """What we cannot read was written by somebody; a line cut short does not swallow the next."""
    manifest = tmp_path / "7" / "manifest.jsonl"
    manifest.parent.mkdir()
    manifest.write_bytes(b'{"later": 1}\n{"cut')
    await CaseWall(Storage(tmp_path.as_uri()), "7").enter(entry())
    assert manifest.read_bytes().splitlines()[:2] == [b'{"later": 1}', b'{"cut']
    assert json.loads(manifest.read_bytes().splitlines()[2])["filename"] == "a.txt"


@pytest.mark.parametrize("url", ["gopher://x/y", "no url", "file:///proc/nothing/here"])
async def test_a_storage_that_cannot_be_used_is_named(url: str) -> None:
    """Only when somebody wants to save: an installation may never do."""
    storage = Storage(url)
    with pytest.raises(NotConfigured, match=r"storage\.url"):
        await CaseWall(storage, "7").enter(entry())


@given(st.text(), st.text())
def test_cases_have_folders_of_their_own(one: str, other: str) -> None:
    """Any id makes a harmless key, and no two the same."""
    for case in (one, other, f"../{one}", f"{one}/..", "."):
        key = case_key(case)
        assert key.isascii()
        assert key.replace("-", "a").replace("_", "a").replace(".", "a").isalnum()
        assert not key.startswith(".")
    assert (case_key(one) == case_key(other)) is (one == other)


def test_usual_case_ids_stay_legible() -> None:
    """People find the folder."""
    assert [case_key(one) for one in ("4711", "INC-2026.08_x")] == ["4711", "INC-2026.08_x"]
    assert case_key("Fall 7/2026").startswith("Fall-7-2026-")
