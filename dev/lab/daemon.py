"""A server process with all its children: started together, ended together, never outliving its owner."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from dev.lab.identity import Identity
from dev.lab.installation import SEARCH_PATH
from dev.lab.ports import HOST

# The process group goes when the server ends, or when our end of the leash's standard input closes, which the
# kernel does for an owner that was killed; then nobody else cleans up the folder either, and it takes a few
# tries while the servers still write. SIGKILL: Dovecot takes seconds over SIGTERM and keeps its ports.
LEASH = """
("$@"; kill -KILL 0) &
read _
for _ in 1 2 3 4 5; do rm -rf "$PWD" && break; sleep 0.1; done
kill -KILL 0
"""

# Start and end take a tenth of a second; the rest is for a machine under load.
PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.005


class Daemon:
    """One server, to be started and stopped at will."""

    def __init__(self, command: Sequence[str], *, ports: Sequence[int], log: Path, identity: Identity) -> None:
        self._command, self._ports, self._log, self._identity = command, ports, log, identity
        self._leash: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and return once every port of it answers."""
        self._leash = self._spawn()
        self._wait(self._leash, answering=True)

    def stop(self) -> None:
        """Kill the server and its children at once, as a power cut would."""
        if self._leash is None:
            return
        leash, self._leash = self._leash, None
        if leash.poll() is None:
            os.killpg(leash.pid, signal.SIGKILL)
        leash.communicate()
        self._wait(leash, answering=False)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", LEASH, "sh", *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={"PATH": SEARCH_PATH},
                cwd=self._log.parent,
                start_new_session=True,
                user=self._identity.uid,
                group=self._identity.gid,
                extra_groups=self._identity.other_groups,
            )

    def _wait(self, leash: subprocess.Popen[bytes], *, answering: bool) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(_answers(port) != answering for port in self._ports):
            died = answering and leash.poll() is not None
            if died or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} does not serve: {self._last_words()}")
            time.sleep(PAUSE_SECONDS)

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return False
    except ConnectionResetError:  # it hung up on us, so it is still there
        return True
    return True
