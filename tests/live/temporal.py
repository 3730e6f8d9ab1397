"""A Temporal dev server for a run of tests, as a process that cannot outlive them."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.lab.daemon import Daemon
from dev.lab.identity import Identity
from dev.lab.ports import HOST, Ports


@contextmanager
def temporal_server(folder: Path) -> Iterator[str]:
    """Run a server that keeps nothing; yields its address."""
    ports = Ports(("FRONTEND",))
    binary = Path(sys.executable).with_name("temporal")
    command = [str(binary), "server", "start-dev", "--headless", "--ip", HOST, "--log-level", "error"]
    server = Daemon(
        [*command, "--port", str(ports["FRONTEND"])],
        ports=[ports["FRONTEND"]],
        log=folder / "temporal.log",
        identity=Identity(getpass.getuser(), ""),
    )
    try:
        server.start()
        yield f"{HOST}:{ports['FRONTEND']}"
    finally:
        server.stop()
        ports.release()
