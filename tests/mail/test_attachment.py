"""Which files may leave, and which may not."""

import os
from pathlib import Path

import pytest

from mail.attachment import read, resolve
from mail.errors import AttachmentForbidden, AttachmentNotFound, AttachmentTooLarge

LIMIT = 1000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder from which files may be sent, with one in it and one beside it."""
    root = tmp_path / "outgoing"
    root.mkdir()
    (root / "report.txt").write_bytes(b"x" * 600)
    (tmp_path / "secret.txt").write_text("s")
    return root


def test_a_file_in_the_root_is_found(root: Path) -> None:
    """The real path comes back."""
    assert resolve([str(root / "report.txt")], [root], LIMIT) == ((root / "report.txt").resolve(),)


def test_without_roots_the_setting_is_named(root: Path) -> None:
    """The reader learns what to set."""
    with pytest.raises(AttachmentForbidden, match=r"policy\.attachment_roots is empty"):
        resolve([str(root / "report.txt")], [], LIMIT)
    assert resolve([], [], LIMIT) == ()


@pytest.mark.parametrize("name", ["../secret.txt", "../nothing.txt", "../outgoing2/x", "..", "/etc/passwd", "\0"])
def test_outside_the_root_everything_looks_alike(root: Path, name: str) -> None:
    """Whether a file outside exists is not told."""
    path = f"{root}/{name}" if not name.startswith("/") else name
    with pytest.raises(AttachmentForbidden) as caught:
        resolve([path], [root], LIMIT)
    assert caught.value.details["path"] == path
    if name.endswith(".txt"):
        assert caught.value.message == f"{path} is outside the folders of policy.attachment_roots"


def test_links_are_followed_before_they_are_judged(root: Path) -> None:
    """A link inside the root that leads out of it is outside."""
    (root / "link").symlink_to(root.parent / "secret.txt")
    (root / "gone").symlink_to(root.parent / "nothing.txt")
    (root / "inside").symlink_to(root / "report.txt")
    for name in ("link", "gone"):
        with pytest.raises(AttachmentForbidden, match="outside"):
            resolve([str(root / name)], [root], LIMIT)
    assert resolve([str(root / "inside")], [root], LIMIT) == ((root / "report.txt").resolve(),)


def test_a_loop_of_links_is_no_path(root: Path) -> None:
    """Nor does it end in a stack trace."""
    (root / "loop").symlink_to(root / "loop")
    with pytest.raises((AttachmentForbidden, AttachmentNotFound), match="loop"):
        resolve([str(root / "loop")], [root], LIMIT)


def test_only_regular_files_are_sent(root: Path) -> None:
    """A pipe would block the worker for ever."""
    os.mkfifo(root / "pipe")
    for path in (root / "pipe", root):
        with pytest.raises(AttachmentForbidden, match="not a regular file"):
            resolve([str(path)], [root], LIMIT)


def test_a_missing_file_is_named_as_it_was_given(root: Path) -> None:
    """Inside the root the truth may be told."""
    path = f"{root}/./typo.txt"
    with pytest.raises(AttachmentNotFound, match=r"/\./typo\.txt does not exist"):
        resolve([path], [root], LIMIT)


def test_the_sum_counts(root: Path) -> None:
    """The file with which the limit is passed is named."""
    path = str(root / "report.txt")
    with pytest.raises(AttachmentTooLarge, match="1,200"):
        resolve([path, path], [root], LIMIT)


def test_a_file_swapped_for_a_link_is_not_read(root: Path) -> None:
    """Between the check and the reading nobody may slip in another file."""
    (path,) = resolve([str(root / "report.txt")], [root], LIMIT)
    path.unlink()
    path.symlink_to(root.parent / "secret.txt")
    with pytest.raises(AttachmentNotFound):
        read(path)
