"""Mail that survives a restart: a folder of .eml files and an index beside them."""

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field


class Stored(BaseModel):
    """What is kept never changes; what changed is another value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Letter(Stored):
    """One letter with what IMAP knows of it; its bytes are not in the index but in a file."""

    uid: int
    received: datetime
    flags: tuple[str, ...]
    raw: bytes = Field(default=b"", exclude=True, repr=False)


class Folder(Stored):
    """One folder of one user, numbered as its clients remember it (RFC 3501, 2.3.1.1)."""

    user: str
    name: str
    uid_validity: int
    next_uid: int
    letters: tuple[Letter, ...]


class Index(Stored):
    """All folders."""

    folders: tuple[Folder, ...] = ()


class State:
    """The mail on disk."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._index = home / "index.json"

    def load(self) -> tuple[Folder, ...]:
        """The folders as they were saved last."""
        if not self._index.exists():
            return ()
        index = Index.model_validate_json(self._index.read_bytes())
        return tuple(self._with_letters(folder) for folder in index.folders)

    def save(self, folders: list[Folder]) -> None:
        """Make the disk say what the folders say."""
        letters = {self._path(folder, letter): letter.raw for folder in folders for letter in folder.letters}
        for path, raw in letters.items():
            if not path.exists():
                _replace(path, raw)
        # After the letters are there and before old ones go: the index never names a missing file.
        _replace(self._index, Index(folders=tuple(folders)).model_dump_json(indent=1).encode())
        for path in set(self._home.rglob("*.eml")) - letters.keys():
            path.unlink()

    def _with_letters(self, folder: Folder) -> Folder:
        letters = (
            letter.model_copy(update={"raw": self._path(folder, letter).read_bytes()}) for letter in folder.letters
        )
        return folder.model_copy(update={"letters": tuple(letters)})

    def _path(self, folder: Folder, letter: Letter) -> Path:
        # UIDVALIDITY is part of the name: a folder deleted and made anew begins at the same UID.
        box = f"{quote(folder.name, safe='')}-{folder.uid_validity}"
        return self._home / quote(folder.user, safe="") / box / f"{letter.uid}.eml"


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(content)
    draft.replace(path)
