"""Paths: no name that an action or a letter gives leads out of the folders that the settings allow, or into them."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mail.policy import Policy
from settings import Storage
from tests.attack.asking import ask, refusal
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


@pytest.mark.parametrize("way", ["../outside/secret", "link", "folder/secret", "./../files/../outside/secret"])
async def test_no_file_from_outside_is_sent(desk: Desk, tmp_path: Path, way: str) -> None:
    """By name, by a link to a file, by a link to a folder: nothing leaves."""
    (tmp_path / "files" / "link").symlink_to(tmp_path / "outside" / "secret")
    (tmp_path / "files" / "folder").symlink_to(tmp_path / "outside")
    path = f"{tmp_path}/files/{way}"
    arguments = {"recipients": "alice@lab.test", "subject": "x", "content": "x", "attachments_paths": [path]}
    assert (await refusal(desk, "SendEmail", **arguments)).type == "AttachmentForbidden"
    assert desk.lab.messages(desk.name, "Sent") == []


@pytest.mark.parametrize("way", ["../outside", "link", "link/new", "../../../../tmp/x", "sub/../../outside"])
async def test_nothing_is_downloaded_to_the_outside(desk: Desk, tmp_path: Path, way: str) -> None:
    """By name or by a link that somebody left in the folder."""
    desk.answer(letter(attached(b"evil", "authorized_keys"), message_id="<1@x>"))
    (tmp_path / "downloads" / "link").symlink_to(tmp_path / "outside")
    arguments = {"folder_name": "INBOX", "message_i_ds": "<1@x>", "download_path": f"{tmp_path}/downloads/{way}"}
    assert (await refusal(desk, "DownloadEmailAttachments", **arguments)).type == "AttachmentForbidden"
    assert outside(tmp_path) == ["outside", "outside/secret"]


@pytest.mark.parametrize("case_id", CASES, ids=range(len(CASES)))
async def test_a_case_has_a_folder_of_its_own_whatever_it_is_called(desk: Desk, tmp_path: Path, case_id: str) -> None:
    """And the file in it has a name without a path, whatever the letter says."""
    desk.answer(letter(attached(b"evil", f"../../{case_id[:20]}/evil.sh"), message_id="<1@x>"))
    arguments = {"folder_name": "INBOX", "message_id": "<1@x>", "case_id": case_id}
    result = await ask(desk, "SaveEmailAttachmentsToCase", **arguments)
    uri: str = result["saved"][0]["uri"]
    kept = Path(unquote(urlsplit(uri).path))
    assert_inside(kept, tmp_path / "cases")
    assert outside(tmp_path) == ["outside", "outside/secret"]


@pytest.mark.parametrize("name", ["../../outside/secret", "/etc/passwd", "file:///etc/passwd", "{% include 'x' %}"])
async def test_a_template_is_a_configured_name_and_no_path(desk: Desk, name: str) -> None:
    """What is not configured is nothing."""
    arguments = {"recipients": "alice@lab.test", "subject": "x", "content": {"template": name}}
    failure = await refusal(desk, "SendEmail", **arguments)
    assert (failure.type, "no template" in failure.message) == ("InvalidRequest", True)
