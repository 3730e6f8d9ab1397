"""`python worker.py` as a process of its own, configured as an operator would."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mail.account import Account

PROGRAM = Path(__file__).parents[1] / "worker.py"
# Kills the worker when our end of standard input closes, which the kernel does for programs that were killed.
LEASH = 'read _; kill -KILL "$0"'
# A worker that was told to stop finishes what it has begun.
PATIENCE_SECONDS = 60


def settings_file(folder: Path, name: str, account: Account) -> Path:
    """The TOML file of a worker with this one account."""
    lines = [f'task_queue = "{name}"', f"[accounts.{name}]", f'address = "{account.address}"']
    for protocol, server in (("smtp", account.smtp), ("imap", account.imap)):
        if server is None:
            continue
        (folder / f"{protocol}.password").write_text(server.password.get_secret_value())
        lines += [
            f"[accounts.{name}.{protocol}]",
            f'host = "{server.host}"',
            f"port = {server.port}",
            f'security = "{server.security}"',
            f'username = "{server.username}"',
            f'password_file = "{folder / protocol}.password"',
            f'ca_file = "{server.ca_file}"',
        ]
    file = folder / "mail.toml"
    file.write_text("\n".join(lines))
    return file


def environment(**variables: object) -> dict[str, str]:
    """The environment of a worker: nothing of ours but where programs are."""
    return {"PATH": os.environ["PATH"], **{name: str(value) for name, value in variables.items()}}


def run_worker(folder: Path, variables: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end, in this folder."""
    return subprocess.run(  # noqa: S603
        _command(options), env=variables, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


class WorkerProcess:
    """A worker that serves until it is stopped or killed."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.log = folder / "worker.log"
        with self.log.open("ab") as log:
            self._worker = subprocess.Popen(  # noqa: S603
                _command(()), env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._leash = subprocess.Popen(["/bin/sh", "-c", LEASH, str(self._worker.pid)], stdin=subprocess.PIPE)  # noqa: S603

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._worker.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        self._worker.kill()
        self._worker.wait()
        self._leash.kill()
        self._leash.communicate()

    def pause(self) -> None:
        """Stop it where it is, as a machine does that is moved elsewhere."""
        self._worker.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on as if nothing had happened."""
        self._worker.send_signal(signal.SIGCONT)

    def reload(self) -> None:
        """Have it read its settings again."""
        self._worker.send_signal(signal.SIGHUP)

    def terminate(self) -> None:
        """Ask it to end, as Kubernetes does."""
        self._worker.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """How it ended, once it has."""
        return self._worker.wait(PATIENCE_SECONDS)


def _command(options: Sequence[str]) -> list[str]:
    return [sys.executable, "-W", "error", str(PROGRAM), *options]
