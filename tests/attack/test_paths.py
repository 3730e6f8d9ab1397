"""Paths: no name that an action or a letter gives leads out of the folders that the settings allow, or into them."""

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mail.policy import Policy
from settings import Storage
from tests.attack.asking import ask, refusals
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk
from tests.mail.files import attached, letter

pytestmark = pytest.mark.live

SECRET = b"root:x:0:0"
CASES = (
    "../../out",
    "/etc",
    "..",
    ".",
    "~root",
    "a/../../b",
    "C:\\x",
    "%2e%2e%2fout",
    "..\u2215out",
    "a\n../b",
    "x" * 5_000,
)


@pytest.fixture
async def desk(open_desk: OpenDesk, tmp_path: Path) -> Desk:
    """Folders that are allowed, with a secret beside them."""
    for name in ("files", "downloads", "cases", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside" / "secret").write_bytes(SECRET)
    policy = Policy(attachment_roots=(tmp_path / "files",), download_roots=(tmp_path / "downloads",))
    return await open_desk(policy=policy, storage=Storage(url=(tmp_path / "cases").as_uri()))


def outside(folder: Path) -> list[str]:
    """All there is outside of what may be written to."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.parts[len(folder.parts)] == "outside"
    )


def assert_inside(kept: Path, cases: Path) -> None:
    """The file lies in the folder of its content, in the folder of its case."""
    assert kept.resolve().is_relative_to(cases)
    assert len(kept.relative_to(cases).parts) == 3
    assert kept.read_bytes() == b"evil"


async def test_no_file_from_outside_is_sent(desk: Desk, tmp_path: Path) -> None:
    """By name, by a link to a file, by a link to a folder: nothing leaves."""
    (tmp_path / "files" / "link").symlink_to(tmp_path / "outside" / "secret")
    (tmp_path / "files" / "folder").symlink_to(tmp_path / "outside")
    ways = ("../outside/secret", "link", "folder/secret", "./../files/../outside/secret")
    letter = {"recipients": "alice@lab.test", "subject": "x", "content": "x"}
    asked = {way: ("SendEmail", letter | {"attachments_paths": [f"{tmp_path}/files/{way}"]}) for way in ways}
    assert await refusals(desk, asked) == dict.fromkeys(ways, "AttachmentForbidden")
    assert desk.lab.messages(desk.name, "Sent") == []


async def test_nothing_is_downloaded_to_the_outside(desk: Desk, tmp_path: Path) -> None:
    """By name or by a link that somebody left in the folder."""
    desk.answer(letter(attached(b"evil", "authorized_keys"), message_id="<1@x>"))
    (tmp_path / "downloads" / "link").symlink_to(tmp_path / "outside")
    ways = ("../outside", "link", "link/new", "../../../../tmp/x", "sub/../../outside")
    which = {"folder_name": "INBOX", "message_i_ds": "<1@x>"}
    paths = {way: which | {"download_path": f"{tmp_path}/downloads/{way}"} for way in ways}
    refused = await refusals(desk, {way: ("DownloadEmailAttachments", given) for way, given in paths.items()})
    assert refused == dict.fromkeys(ways, "AttachmentForbidden")
    assert outside(tmp_path) == ["outside", "outside/secret"]


async def test_a_case_has_a_folder_of_its_own_whatever_it_is_called(desk: Desk, tmp_path: Path) -> None:
    """And the file in it has a name without a path, whatever the letter says."""
    for number, case_id in enumerate(CASES):
        evil = attached(b"evil", f"../../{case_id[:20]}/evil.sh")
        desk.answer(letter(evil, message_id=f"<{number}@x>"))
    saving = (
        ask(desk, "SaveEmailAttachmentsToCase", folder_name="INBOX", message_id=f"<{number}@x>", case_id=case_id)
        for number, case_id in enumerate(CASES)
    )
    uris: list[str] = [result["saved"][0]["uri"] for result in await asyncio.gather(*saving)]
    kept = [Path(unquote(urlsplit(uri).path)) for uri in uris]
    for path in kept:
        assert_inside(path, tmp_path / "cases")
    assert len({path.relative_to(tmp_path / "cases").parts[0] for path in kept}) == len(CASES)
    assert outside(tmp_path) == ["outside", "outside/secret"]


async def test_a_template_is_a_configured_name_and_no_path(desk: Desk) -> None:
    """What is not configured is nothing."""
    names = ("../../outside/secret", "/etc/passwd", "file:///etc/passwd", "{% include 'x' %}")
    letter = {"recipients": "alice@lab.test", "subject": "x"}
    asked = {name: ("SendEmail", letter | {"content": {"template": name}}) for name in names}
    assert await refusals(desk, asked) == dict.fromkeys(names, "InvalidRequest")
