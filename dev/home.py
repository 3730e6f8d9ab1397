"""Where what runs on this machine keeps its workflows and mail, and that one keeps them at a time."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).parents[1] / ".dev"


@contextmanager
def alone(home: Path) -> Generator[None, None, None]:
    """Two at once would write over each other's mail; raises BlockingIOError."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go of it when we are killed
        yield
