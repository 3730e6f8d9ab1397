"""python -m dev.pages.site: build the site of docs/ into build/site; it can be read without a network.

Pages are written for those who read them where they lie. A site has no folder docs/ beside a README.md: all is laid
side by side first, and what each link says follows.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from posixpath import dirname, normpath, relpath

ROOT = Path(__file__).parents[2]
STAGE = ROOT / "build" / "docs"
BUILD = (str(Path(sys.executable).with_name("zensical")), "build", "--clean", "--strict")
# README.md is the opening page; the rest is what pages refer to.
BESIDE = ("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "mail.example.toml", "examples/*.json", "deploy/**/*")
# The address in [words](address#place), where it is a file's.
_ADDRESS = re.compile(r"(?<=\]\()(?![a-z]+:)[^)#\s]+")


def stage(target: Path) -> None:
    """Lay all that the site is made of side by side."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", target)
    for path in (path for pattern in BESIDE for path in ROOT.glob(pattern) if path.is_file()):
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for page in target.rglob("*.md"):
        name = page.relative_to(target).as_posix()
        source = name if (ROOT / name).exists() else f"docs/{name}"
        page.write_text(_for_site(page.read_text(encoding="utf-8"), source), encoding="utf-8")


def _for_site(text: str, source: str) -> str:
    """A page whose links are those of the site."""
    return _ADDRESS.sub(lambda found: _on_site(found[0], source), text)


def _on_site(address: str, source: str) -> str:
    """The same place, as seen from a page on the site."""
    target = normpath(f"{dirname(source)}/{address}".lstrip("/"))
    return relpath(target.removeprefix("docs/"), dirname(source.removeprefix("docs/")) or ".")


def main() -> int:
    """Build it; a link that leads nowhere is a failure."""
    stage(STAGE)
    return subprocess.run(BUILD, cwd=ROOT, check=False).returncode  # noqa: S603 a program of the virtual environment


if __name__ == "__main__":
    sys.exit(main())
