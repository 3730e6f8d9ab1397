"""`python worker.py codec-server` as an operator runs it."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from dev.lab.daemon import Daemon
from dev.lab.identity import Identity
from dev.lab.ports import Ports
from tests.codec.ring import KEYS, THIS_MONTH, TOKEN

WORKER = Path(__file__).parents[2] / "worker.py"


def settings(*origins: str) -> str:
    """A settings file that has nothing but encryption."""
    keys = "".join(f'"{name}" = "{key}"\n' for name, key in KEYS.items())
    return (
        f'[encryption]\nkey_id = "{THIS_MONTH}"\ncodec_server_token = "{TOKEN}"\nui_origins = {list(origins)}\n'
        f"[encryption.keys]\n{keys}"
    )


def command(*options: str) -> tuple[str, ...]:
    """How it is started."""
    return (sys.executable, "-W", "error", str(WORKER), "codec-server", *options)


class CodecProcess:
    """The codec server of the tests' keys, from `with` to its end."""

    def __init__(self, home: Path, *origins: str) -> None:
        self.log = home / "codec-server.log"
        (home / "mail.toml").write_text(settings(*origins))
        self._ports = Ports(("HTTP",))
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        self._cleanup.callback(self._ports.close)
        port = self._ports["HTTP"]
        server = Daemon(command("--port", str(port)), ports=[port], log=self.log, identity=Identity(user="", group=""))
        self._cleanup.callback(server.stop)
        server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    @property
    def endpoint(self) -> str:
        """What Temporal's UI and CLI are told."""
        return f"http://localhost:{self._ports['HTTP']}"
