"""python -m dev.pages: write docs/actions anew."""

from pathlib import Path

from dev.pages.page import pages

HOME = Path(__file__).parents[2] / "docs" / "actions"


def main(home: Path) -> None:
    """Write the page of every action; pages of actions that are no more go away."""
    home.mkdir(parents=True, exist_ok=True)
    written = pages()
    for stale in {path.name for path in home.glob("*.md")} - set(written):
        (home / stale).unlink()
    for name, text in written.items():
        (home / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(HOME)
