"""Files that may be attached: regular ones, under a configured root, not too large together."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from mail.errors import AttachmentForbidden, AttachmentNotFound, AttachmentTooLarge


def resolve(paths: Sequence[str], roots: Sequence[Path], limit_bytes: int) -> tuple[Path, ...]:
    """The real files behind the paths; errors name the path as it was given."""
    if paths and not roots:
        raise AttachmentForbidden(
            f"{paths[0]}: no file may be attached, because policy.attachment_roots is empty", path=paths[0]
        )
    real_roots = [root.resolve() for root in roots]
    files = tuple(_resolved(path, real_roots) for path in paths)
    _refuse_too_large(paths, files, limit_bytes)
    return files


def read(path: Path) -> bytes:
    """The octets of a resolved file; a link that was put in its place since is not followed."""
    try:
        with open(path, "rb", opener=_without_following) as file:
            return file.read()
    except OSError as error:
        raise AttachmentNotFound(f"{path.name} cannot be read: {error.strerror}", path=str(path)) from None


def _without_following(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def _resolved(path: str, roots: Sequence[Path]) -> Path:
    try:
        real = Path(path).resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long, a NUL
        raise AttachmentForbidden(f"{path[:200]!r} is not a usable path", path=path) from None
    # Asked before anything else: whether a file outside exists is nobody's business.
    if not any(real.is_relative_to(root) for root in roots):
        raise AttachmentForbidden(f"{path} is outside the folders of policy.attachment_roots", path=path)
    return _regular(real, path)


def _regular(real: Path, path: str) -> Path:
    try:
        mode = real.stat().st_mode
    except OSError:
        raise AttachmentNotFound(f"{path} does not exist", path=path) from None
    if not stat.S_ISREG(mode):
        raise AttachmentForbidden(f"{path} is not a regular file", path=path)
    return real


def _refuse_too_large(paths: Sequence[str], files: Sequence[Path], limit_bytes: int) -> None:
    for path, total in zip(paths, _running_total(files), strict=True):
        if total > limit_bytes:
            raise AttachmentTooLarge(
                f"with {path} the files are {total:,} bytes; the limit is {limit_bytes:,}",
                path=path,
                size=total,
            )


def _running_total(files: Sequence[Path]) -> Iterator[int]:
    total = 0
    for file in files:
        total += file.stat().st_size
        yield total
