"""A folder that files may be written to: under a configured root, never over another file, never in part."""

import errno
import fcntl
import hashlib
import itertools
import os
import secrets
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mail.errors import AttachmentForbidden, MailError, ServerUnavailable
from mail.safe_name import numbered
from mail.spool import Digest

# A safe name never begins with a dot, so no attachment is taken for one of these.
_PREFIX, _SUFFIX = ".incoming-", ".part"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Somebody may have put a pipe where the file was: opening it must not wait for a writer.
_OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# As for every new file, less what the worker's umask takes away; nothing that came by mail is executable.
_MODE = 0o666
_HASHED_AT_ONCE = 1024 * 1024
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG})


def permitted(path: str, roots: Sequence[Path]) -> tuple[Path, Path]:
    """The root that a path lies in and the way from there, links resolved; AttachmentForbidden where it has none."""
    if not roots:
        raise AttachmentForbidden(
            f"{path}: nothing may be downloaded, because policy.download_roots is empty", path=path
        )
    try:
        real = Path(path).resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long, a NUL
        raise AttachmentForbidden(f"{path[:200]!r} is not a usable path", path=path) from None
    for root in (root.resolve() for root in roots):
        if real.is_relative_to(root):
            return root, real.relative_to(root)
    raise AttachmentForbidden(f"{path} is outside the folders of policy.download_roots", path=path)


class Incoming:
    """A file under a name of its own until it is whole."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self.file = file


class DownloadFolder:
    """An open folder; whatever is renamed or linked around it meanwhile, files go here."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self.path = path

    @classmethod
    @contextmanager
    def open(cls, path: str, roots: Sequence[Path]) -> Generator["DownloadFolder", None, None]:
        """The folder, made where it is missing; what killed workers have left in it is removed."""
        root, way = permitted(path, roots)
        with _translated(path):
            descriptor = _descend(root, way)
        try:
            folder = cls(descriptor, root / way)
            folder._sweep()
            yield folder
        finally:
            os.close(descriptor)

    @contextmanager
    def incoming(self) -> Generator[Incoming, None, None]:
        """Room for a file that is not whole yet; gone afterwards, whatever happens."""
        with _translated(str(self.path)), self._new() as incoming:
            try:
                yield incoming
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(incoming.name, dir_fd=self._descriptor)

    def keep(self, incoming: Incoming, digest: Digest, name: str) -> str:
        """Give a whole file its name, or find the same one there already; the name it has."""
        with _translated(str(self.path)):
            os.fsync(incoming.file.fileno())
            names = (numbered(name, number) for number in itertools.count(1))
            kept = next(one for one in names if self._link(incoming, one) or self._has(one, digest))
            os.fsync(self._descriptor)
        return kept

    @contextmanager
    def _new(self) -> Generator[Incoming, None, None]:
        while True:
            name = f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
            with os.fdopen(os.open(name, _NEW_FILE, _MODE, dir_fd=self._descriptor), "w+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # alive, as long as this process is
                if os.fstat(file.fileno()).st_nlink:  # else swept before it was locked
                    yield Incoming(name, file)
                    return

    def _link(self, incoming: Incoming, name: str) -> bool:
        """Unlike renaming, linking never replaces what is there."""
        folder = self._descriptor
        try:
            os.link(incoming.name, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            return False
        return True

    def _has(self, name: str, digest: Digest) -> bool:
        """Whether this very content lies under the name; a link to it does not count."""
        try:
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            if not stat.S_ISREG(status.st_mode) or status.st_size != digest.size:
                return False
            with os.fdopen(os.open(name, _OLD_FILE, dir_fd=self._descriptor), "rb") as file:
                return _sha256(file) == digest.sha256
        except OSError:
            return False

    def _sweep(self) -> None:
        for name in os.listdir(self._descriptor):  # noqa: PTH208  # by descriptor, as everything here
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
                with suppress(OSError):
                    self._remove_if_orphaned(name)

    def _remove_if_orphaned(self, name: str) -> None:
        with os.fdopen(os.open(name, _OLD_FILE, dir_fd=self._descriptor), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=self._descriptor)


def _descend(root: Path, way: Path) -> int:
    """Step by step from the root: a link that was slipped in after the check is not followed."""
    descriptor = os.open(root, _FOLDER)
    for step in way.parts:
        try:
            inner = _step(descriptor, step)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _step(descriptor: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=descriptor)
    except FileNotFoundError:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=descriptor)
        return os.open(name, _FOLDER, dir_fd=descriptor)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while octets := file.read(_HASHED_AT_ONCE):
        digest.update(octets)
    return digest.hexdigest()


@contextmanager
def _translated(path: str) -> Generator[None, None, None]:
    try:
        yield
    except MailError:
        raise
    except OSError as error:
        raise _refusal(path, error) from None


def _refusal(path: str, error: OSError) -> MailError:
    sentence = f"{path} cannot be written to: {error.strerror}"
    if error.errno in _NOT_ALLOWED:
        return AttachmentForbidden(sentence, path=path)
    return ServerUnavailable(sentence, path=path)  # a full disk is a matter of time
