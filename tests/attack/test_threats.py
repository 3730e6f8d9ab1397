"""docs/threats.md names a test for each attack, and each of them exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "docs" / "threats.md").read_text())


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_every_named_proof_exists(file: str, test: str) -> None:
    """A test that is renamed is renamed there, too."""
    assert re.search(rf"def {test}\(", (ROOT / file).read_text())


def test_every_attack_is_named() -> None:
    """Each module of attacks stands in the table."""
    modules = {path.name for path in Path(__file__).parent.glob("test_*.py")} - {Path(__file__).name}
    assert modules <= {Path(file).name for file, _ in NAMED}
