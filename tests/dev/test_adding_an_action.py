"""docs/adding-an-action.md is walked: what it says is done to a copy of this project, which then has the action."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-an-action.md").read_text(encoding="utf-8")
NEEDED = ("models", "mail", "activities", "workflows", "client", "dev", "examples", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "corpus", "histories", "fuzz-seeds")
BLOCK = re.compile(r'^```\w+ title="([^"\n]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)
ITS_PAGE = """
from dev.pages.action import actions
from dev.pages.page import page
(action,) = (one for one in actions() if one.name == "MarkEmailRead")
print(page(action))
"""


def patched(text: str, block: str) -> str:
    """The text with each added line of the block in front of the line that the block shows it at."""
    added: list[str] = []
    for line in block.splitlines():
        if line.startswith("+"):
            added.append(line[1:])
            continue
        assert f"\n{line[1:]}\n" in text, f"{line!r} is no longer there"
        text = text.replace(f"\n{line[1:]}\n", "\n" + "\n".join([*added, line[1:]]) + "\n", 1)
        added.clear()
    return text


def run(home: Path, *arguments: str) -> str:
    """Run Python there; what it printed."""
    command = (sys.executable, "-B", "-W", "error", *arguments)
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def walked(tmp_path: Path) -> Path:
    """A copy of this project to which the page was applied."""
    for name in NEEDED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=LEFT_OUT)
    for file in (*ROOT.glob("*.py"), ROOT / "pyproject.toml", ROOT / "zensical.toml"):
        shutil.copy(file, tmp_path)
    for name, block in BLOCK.findall(PAGE):
        file = tmp_path / name
        file.write_text(patched(file.read_text(encoding="utf-8"), block) if file.exists() else block, encoding="utf-8")
    return tmp_path


def test_the_walk_leads_to_an_action(walked: Path) -> None:
    """It has a page with its failures, passes the checks, and marks messages on a server."""
    assert "| `FolderNotFound` |" in run(walked, "-c", ITS_PAGE)
    files = [f"{layer}/mark.py" for layer in ("models", "mail", "activities", "workflows")]
    run(walked, "-m", "ruff", "check", "--no-cache", *files, "worker.py", "client/mail.py", "workflows/catalogue.py")
    run(walked, "-m", "ruff", "format", "--no-cache", "--check", *files)
    passed = run(
        walked, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/mail/change/test_mark.py", "-k", "embedded"
    )
    assert "1 passed" in passed
