"""Chromium without a screen, driven as the W3C's WebDriver says: Debian's chromedriver, spoken to over HTTP."""

import asyncio
import base64
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from dev.lab.daemon import Daemon
from dev.lab.identity import Identity
from dev.lab.ports import Ports

PACKAGES = {"chromium": "chromium", "chromedriver": "chromium-driver"}
# A page of Temporal's UI takes two seconds; a browser that starts on a loaded machine many.
PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.1
# Root may not have a sandbox, and containers have a small /dev/shm.
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1600,2000")


def browser_missing() -> str:
    """What keeps a browser from running here, as a sentence; empty when nothing does."""
    packages = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    return f"the browser needs Debian packages: apt-get install {' '.join(packages)}" if packages else ""


class Browser:
    """One window."""

    def __init__(self, session: httpx.AsyncClient) -> None:
        self._session = session

    async def go(self, address: str) -> None:
        """Open a page."""
        await self._command("url", {"url": address})

    async def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page; what it returns."""
        return await self._command("execute/sync", {"script": script, "args": arguments})

    async def text(self) -> str:
        """All that can be read on the page, in its frames, too."""
        read = [await self._own_text()]
        for number in range(int(await self.run("return document.querySelectorAll('iframe').length"))):
            # Temporal's UI shows Markdown in frames of their own origin, into which no script of the page can look.
            await self._command("frame", {"id": number})
            read.append(await self._own_text())
            await self._command("frame", {"id": None})
        return "\n".join(read)

    async def text_with(self, words: str) -> str:
        """The same, once it holds these words."""
        end = time.monotonic() + PATIENCE_SECONDS
        while words not in (text := await self.text()):
            if time.monotonic() > end:
                raise TimeoutError(f"{words!r} does not appear: {text}")
            await asyncio.sleep(PAUSE_SECONDS)
        return text

    async def picture(self, left: int, top: int, width: int, height: int) -> bytes:
        """A part of the page, as PNG."""
        clip = {"x": left, "y": top, "width": width, "height": height, "scale": 1}
        command = {"cmd": "Page.captureScreenshot", "params": {"format": "png", "clip": clip}}
        return base64.b64decode((await self._command("goog/cdp/execute", command))["data"])

    async def _own_text(self) -> str:
        return str(await self.run("return document.body?.innerText ?? ''"))

    async def _command(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self._session.post(path, json=body)
        value = answer.json()["value"]
        if not answer.is_success:
            raise RuntimeError(f"the browser says: {value}")
        return value


@asynccontextmanager
async def browser() -> AsyncGenerator[Browser, None]:
    """A browser that knows nobody."""
    ports = Ports(("WebDriver",))
    with tempfile.TemporaryDirectory(prefix="browser-") as home:
        port = ports["WebDriver"]
        driver = Daemon(
            (str(shutil.which("chromedriver")), f"--port={port}"),
            ports=[port],
            log=Path(home) / "chromedriver.log",
            identity=Identity(user="", group=""),
        )
        driver.start()
        try:
            async with _session(f"http://127.0.0.1:{port}/session") as session:
                yield Browser(session)
        finally:
            driver.stop()
            ports.close()


@asynccontextmanager
async def _session(address: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    wanted = {"alwaysMatch": {"goog:chromeOptions": {"args": ARGUMENTS}}}
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
        begun = await client.post(address, json={"capabilities": wanted})
        begun.raise_for_status()
        client.base_url = httpx.URL(f"{address}/{begun.json()['value']['sessionId']}/")
        yield client
        await client.delete("")
