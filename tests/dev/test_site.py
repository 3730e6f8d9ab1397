"""The site is built of pages whose links lead somewhere, and is read without a network."""

import re
import subprocess
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl, TypeAdapter

from dev.pages import site

CONFIG = "zensical.toml"
# All that a browser would fetch by itself.
FETCHED = re.compile(r"""<(?:script|img|link|iframe)[^>]+(?:src|href)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//""")
ELSEWHERE = re.compile(r"\]\((https?:[^)\s]+)\)")


def staged(home: Path) -> Path:
    """All that the site is made of, in a folder; the pages of it."""
    site.stage(home / "build" / "docs")
    (home / CONFIG).write_bytes((site.ROOT / CONFIG).read_bytes())
    return home / "build" / "docs"


def build(home: Path) -> subprocess.CompletedProcess[str]:
    """Build the site, as strictly as `make docs` does."""
    return subprocess.run(site.BUILD, cwd=home, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the site; every link in it leads to a page, a place in it or a file beside it."""
    home = tmp_path_factory.mktemp("site")
    staged(home)
    done = build(home)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    """A page or a place in one that is not there."""
    with (staged(tmp_path) / "operations.md").open("a") as page:
        page.write("[one](nowhere.md) [two](upgrading.md#nowhere)\n")
    done = build(tmp_path)
    assert done.returncode != 0
    assert "2 issues found" in done.stdout + done.stderr


def test_the_site_fetches_nothing_from_elsewhere(built: Path) -> None:
    """No fonts, no scripts, no pictures of others."""
    files = [path for path in (built / "build" / "site").rglob("*") if path.suffix in (".html", ".css")]
    assert "index.html" in {path.name for path in files}
    assert [path.name for path in files if FETCHED.search(path.read_text(encoding="utf-8"))] == []


def test_every_page_is_in_the_navigation(built: Path) -> None:
    """And every page of the navigation is there."""
    pages = built / "build" / "docs"
    named = re.findall(r'"([\w/-]+\.md)"', (built / CONFIG).read_text(encoding="utf-8"))
    assert sorted(named) == sorted(path.relative_to(pages).as_posix() for path in pages.rglob("*.md"))


def test_addresses_elsewhere_are_well_formed(built: Path) -> None:
    """Whether they still answer is for somebody with a network to see."""
    reader = TypeAdapter(AnyHttpUrl)
    for page in (built / "build" / "docs").rglob("*.md"):
        for address in ELSEWHERE.findall(page.read_text(encoding="utf-8")):
            reader.validate_python(address)
