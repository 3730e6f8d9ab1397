"""Files of strangers on our disk: inside the roots, whole, and never over another file."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mail.download_folder import DownloadFolder, permitted
from mail.errors import AttachmentForbidden
from mail.spool import Digest


def digest_of(content: bytes) -> Digest:
    """The digest of a content."""
    return Digest(len(content), hashlib.sha256(content).hexdigest(), "", "")


def kept(folder: DownloadFolder, content: bytes, name: str = "a.txt") -> str:
    """Write a file; the name it got."""
    with folder.incoming() as incoming:
        incoming.file.write(content)
        incoming.file.flush()
        return folder.keep(incoming, digest_of(content), name)


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that may be written to."""
    root = tmp_path / "downloads"
    root.mkdir()
    return root


@pytest.fixture
def folder(root: Path) -> Iterator[DownloadFolder]:
    """That folder, opened."""
    with DownloadFolder.open(str(root), [root]) as opened:
        yield opened


@pytest.mark.parametrize("way", ["", "case/7", "case/../7"])
def test_folders_under_the_root_are_made(root: Path, way: str) -> None:
    """Whoever asks need not make them first; the real path is told."""
    with DownloadFolder.open(f"{root}/{way}", [root]) as folder:
        assert kept(folder, b"x") == "a.txt"
        assert folder.path == (root / way).resolve()
    assert (root / way).resolve().joinpath("a.txt").read_bytes() == b"x"


@pytest.mark.parametrize("path", ["{root}/..", "{root}/../other", "{root}2", "/etc", "relative", "{root}/x\0", "~"])
def test_outside_the_roots_nothing_is_written(root: Path, path: str) -> None:
    """Nor is anything made there."""
    with pytest.raises(AttachmentForbidden), DownloadFolder.open(path.format(root=root), [root]):
        pass
    assert [one.name for one in root.parent.iterdir()] == ["downloads"]


def test_without_roots_the_setting_is_named(root: Path) -> None:
    """The reader learns what to set."""
    with pytest.raises(AttachmentForbidden, match=r"policy\.download_roots is empty"):
        permitted(str(root), [])


def test_a_link_that_leads_out_is_outside(root: Path, tmp_path: Path) -> None:
    """Links are resolved before they are judged; those that stay inside may be used."""
    (tmp_path / "elsewhere").mkdir()
    (root / "inside").mkdir()
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "in").symlink_to(root / "inside")
    with pytest.raises(AttachmentForbidden, match="outside"), DownloadFolder.open(f"{root}/out", [root]):
        pass
    with DownloadFolder.open(f"{root}/in", [root]) as folder:
        assert folder.path == (root / "inside").resolve()


def test_a_link_slipped_in_after_the_check_is_not_followed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between judging the path and opening it nobody may redirect it."""
    (tmp_path / "elsewhere").mkdir()
    real = root.resolve()
    (root / "case").symlink_to(tmp_path / "elsewhere")

    def judged(_path: str, _roots: Sequence[Path]) -> tuple[Path, Path]:
        return real, Path("case")

    monkeypatch.setattr("mail.download_folder.permitted", judged)
    with pytest.raises(AttachmentForbidden), DownloadFolder.open(f"{root}/case", [root]) as folder:
        kept(folder, b"x")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_moved_away_stays_the_one_that_was_opened(root: Path, tmp_path: Path) -> None:
    """A link put in its place while files come in catches none of them."""
    (tmp_path / "elsewhere").mkdir()
    with DownloadFolder.open(f"{root}/case", [root]) as folder:
        (root / "case").rename(root / "moved")
        (root / "case").symlink_to(tmp_path / "elsewhere")
        kept(folder, b"x")
    assert (root / "moved" / "a.txt").read_bytes() == b"x"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_same_content_is_kept_once(folder: DownloadFolder, root: Path) -> None:
    """Another content of the name gets a number; both are found again."""
    given = [kept(folder, content) for content in (b"one", b"two", b"one", b"two", b"six")]
    assert given == ["a.txt", "a-2.txt", "a.txt", "a-2.txt", "a-3.txt"]
    assert names(root) == ["a-2.txt", "a-3.txt", "a.txt"]


def test_what_lies_there_is_never_touched(folder: DownloadFolder, root: Path, tmp_path: Path) -> None:
    """A link to the same content, a dangling one, a folder and a pipe all count as another's."""
    (tmp_path / "same").write_bytes(b"x")
    (root / "a.txt").symlink_to(tmp_path / "same")
    (root / "a-2.txt").symlink_to(tmp_path / "nothing")
    (root / "a-3.txt").mkdir()
    os.mkfifo(root / "a-4.txt")
    assert kept(folder, b"x") == "a-5.txt"
    assert not (tmp_path / "nothing").exists()


def test_a_file_that_fails_leaves_nothing(folder: DownloadFolder, root: Path) -> None:
    """Until it is whole, a file has no name that anybody would read."""

    def fail() -> None:
        with folder.incoming() as incoming:
            incoming.file.write(b"half")
            assert [name.startswith(".") for name in names(root)] == [True]
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert names(root) == []


def test_leavings_of_dead_workers_are_removed_and_of_living_ones_not(folder: DownloadFolder, root: Path) -> None:
    """The lock tells them apart: it dies with its process."""
    (root / ".incoming-dead.part").write_bytes(b"half")
    with folder.incoming() as alive:
        with DownloadFolder.open(str(root), [root]):
            assert names(root) == [alive.name]
        assert folder.keep(alive, digest_of(b""), "a.txt") == "a.txt"


def test_a_file_swept_before_it_was_locked_is_made_again(
    folder: DownloadFolder, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker may look between the two."""
    locked = fcntl.flock
    swept: list[str] = []

    def sweep_first(file: object, operation: int) -> None:
        if not swept:
            swept.extend(names(root))
            (root / swept[0]).unlink()
        locked(file, operation)  # type: ignore[arg-type]

    monkeypatch.setattr("mail.download_folder.fcntl.flock", sweep_first)
    assert kept(folder, b"x") == "a.txt"
    assert swept


def test_nothing_is_executable(folder: DownloadFolder, root: Path) -> None:
    """Whatever the name says."""
    kept(folder, b"#!/bin/sh", "run.sh")
    assert (root / "run.sh").stat().st_mode & 0o111 == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_we_may_not_write_to_is_forbidden(root: Path) -> None:
    """Trying again would not help."""
    root.chmod(0o500)
    with pytest.raises(AttachmentForbidden, match="cannot be written"), DownloadFolder.open(f"{root}/x", [root]):
        pass


KILLED = """
import sys, time
from pathlib import Path
from mail.download_folder import DownloadFolder
with DownloadFolder.open(sys.argv[1], [Path(sys.argv[1])]) as folder, folder.incoming() as incoming:
    incoming.file.write(b"half")
    incoming.file.flush()
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_worker_killed_half_way_leaves_nothing_for_good(root: Path) -> None:
    """The next run removes what it left, and writes the file whole."""
    command = [sys.executable, "-c", KILLED, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as worker:  # noqa: S603
        assert worker.stdout
        assert worker.stdout.readline() == b"ready\n"
        worker.kill()
    assert len(names(root)) == 1
    with DownloadFolder.open(str(root), [root]) as folder:
        assert kept(folder, b"whole") == "a.txt"
    assert {path.name: path.read_bytes() for path in root.iterdir()} == {"a.txt": b"whole"}
