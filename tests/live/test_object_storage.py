"""Files of a case in S3, which a server next door speaks."""

import asyncio
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from urllib.parse import unquote

import obstore
import pytest
from obstore.store import from_url

from client import ActionFailed
from mail.case_wall import CaseWall
from mail.storage import Storage as OpenStorage
from models.save import SaveEmailAttachmentsToCaseResult
from settings import Storage
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk
from tests.live.test_attachments import save
from tests.mail.files import attached, letter
from tests.mail.test_case_wall import entry, lines
from tests.object_storage import ObjectStorage, object_storage

pytestmark = pytest.mark.live

# More than two of the parts in which it travels.
LARGE = os.urandom(11 * 1024 * 1024)


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectStorage]:
    """One S3 server for this module."""
    with object_storage() as running:
        yield running


@pytest.fixture
def url(server: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place in it that no other test has used; the environment tells how to get in, as it would a worker."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return f"{server.url}/{uuid.uuid4()}"


async def saved(desk: Desk, **more: str) -> SaveEmailAttachmentsToCaseResult:
    """Save what came with the one letter."""
    return await save(desk, message_id="<1@x>", **more)


async def test_attachments_are_saved_once(open_desk: OpenDesk, url: str) -> None:
    """Large ones travel in parts; asked for again, nothing is written again; the manifest lists each once."""
    desk = await open_desk(storage=Storage(url=url))
    desk.answer(letter(attached(LARGE, "dump.bin"), attached(b"x", "Größe 1.txt"), message_id="<1@x>"))
    first = await saved(desk)
    store, keys = from_url(url), [unquote((one.uri or "").removeprefix(f"{url}/")) for one in first.saved]
    written = [obstore.head(store, key) for key in keys]
    assert await saved(desk) == first
    assert [obstore.head(store, key) for key in keys] == written
    assert [bytes(obstore.get(store, key).bytes()) for key in keys] == [LARGE, b"x"]
    assert [one.sha256 for one in first.saved] == [hashlib.sha256(one).hexdigest() for one in (LARGE, b"x")]
    manifest = bytes(obstore.get(store, "7/manifest.jsonl").bytes()).splitlines()
    assert [json.loads(line)["uri"] for line in manifest] == [one.uri for one in first.saved]


async def test_saves_at_the_same_time_lose_nothing(url: str) -> None:
    """Nobody locks; whoever was slower starts again (`If-Match`, RFC 9110 §13.1.1)."""
    names = [f"{number}.txt" for number in range(10)]
    storages = [OpenStorage(url), OpenStorage(url)]
    await asyncio.gather(*(CaseWall(storage, "8").enter(entry(name)) for storage in storages for name in names))
    assert sorted(await lines(storages[0], "8")) == sorted(names)


async def test_wrong_credentials_name_the_setting(
    open_desk: OpenDesk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tries for hours with them."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    desk = await open_desk(storage=Storage(url=url))
    desk.answer(letter(attached(b"x", "a.txt"), message_id="<1@x>"))
    with pytest.raises(ActionFailed, match=r"storage\.url") as raised:
        await saved(desk)
    assert raised.value.type == "NotConfigured"
