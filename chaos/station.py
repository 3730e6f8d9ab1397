"""A worker program with a line of its own to each server, which is started again whenever it has died."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from chaos.proxy import HOST, Proxy
from dev.lab import Lab, User
from dev.worker_process import WorkerProcess, environment

# As soon as Kubernetes would at its fastest.
_PAUSE_SECONDS = 0.3
# What a worker says once it works.
_SERVING = b"serving task queue"
# An answer to a letter is waited for twenty times as long: one that is swallowed shall not take minutes.
_SMTP_SECONDS = 2.0
# Where a worker keeps files, in the folder it is given for them.
CASES, DOWNLOADS = "cases", "downloads"


class Station:
    """One of the two workers."""

    def __init__(self, smtp: Proxy, imap: Proxy, folder: Path, variables: dict[str, str]) -> None:
        self.smtp, self.imap = smtp, imap
        self.kills = 0
        self._folder, self._variables = folder, variables
        self._start()
        self.serving = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def running(
        cls, lab: Lab, user: User, folder: Path, temporal_address: str, files: Path
    ) -> AsyncGenerator["Station", None]:
        """A worker that serves until the end of the block, however often it dies."""
        for name in (CASES, DOWNLOADS):
            (files / name).mkdir(exist_ok=True)
        async with Proxy.running(lab.ports["SMTP"]) as smtp, Proxy.running(lab.ports["IMAP"]) as imap:
            settings = _written(folder / "mail.toml", _settings(user, smtp.port, imap.port, files))
            station = cls(smtp, imap, folder, environment(MAIL_CONFIG=settings, TEMPORAL_ADDRESS=temporal_address))
            keeping = asyncio.create_task(station._keep_alive())
            try:
                yield station
            finally:
                keeping.cancel()
                station._process.kill()

    @property
    def process(self) -> WorkerProcess:
        """The worker of now."""
        return self._process

    def kill(self) -> None:
        """End the worker as a power cut would; it comes back by itself."""
        if self._process.running:
            self.serving.clear()
            self.kills += 1
            self._process.kill()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            if not self._process.running:
                self._start()
            elif _SERVING in self._process.log.read_bytes()[self._log_begins :]:
                self.serving.set()

    def _start(self) -> None:
        self._process = WorkerProcess(self._folder, self._variables)
        self._log_begins = self._process.log.stat().st_size


def _written(file: Path, text: str) -> Path:
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    return file


def _settings(user: User, smtp_port: int, imap_port: int, files: Path) -> str:
    """Without TLS, so that the proxy sees where to cut."""
    server = f'host = "{HOST}"\nsecurity = "none"\nusername = "{user.name}"\npassword = "{user.password}"\n'
    return (
        f'task_queue = "{user.name}"\n[storage]\nurl = "{(files / CASES).as_uri()}"\n'
        f'[policy]\ndownload_roots = ["{files / DOWNLOADS}"]\n'
        f'[accounts.{user.name}]\naddress = "{user.address}"\n'
        f"[accounts.{user.name}.smtp]\nport = {smtp_port}\ntimeout_seconds = {_SMTP_SECONDS}\n{server}"
        f"[accounts.{user.name}.imap]\nport = {imap_port}\n{server}"
    )
