"""The pictures in the docs can be taken anew, and show what Temporal's own UI shows."""

from pathlib import Path

import pytest

from dev.browser import browser_missing
from dev.screenshots import IMAGES, take
from tests.servers import leave_out

# Who reads docs over a slow line should not wait for a picture.
MOST_OCTETS = 200_000


def pictures(folder: Path) -> dict[str, bytes]:
    """Every picture of a folder by its name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_the_pictures_are_taken(tmp_path: Path) -> None:
    """Each once the UI shows what it is of: the case in a list, the table of a wait, what it waits for."""
    if reason := browser_missing():
        leave_out(reason)
    await take(tmp_path)
    taken = pictures(tmp_path)
    assert taken.keys() == pictures(IMAGES).keys()
    assert all(picture.startswith(b"\x89PNG") for picture in taken.values())


@pytest.mark.parametrize("name", sorted(pictures(IMAGES)))
def test_a_picture_is_small_and_shown(name: str) -> None:
    """A picture that no page shows is left from another time."""
    pages = (page.read_text(encoding="utf-8") for page in IMAGES.parent.glob("*.md"))
    assert any(f"(images/{name})" in page for page in pages)
    assert (IMAGES / name).stat().st_size < MOST_OCTETS
