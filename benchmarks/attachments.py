"""What fetching an attachment costs in memory, time and octets, beside imaplib fetching the whole message.

python -m benchmarks.attachments
"""

import asyncio
import email.policy
import hashlib
import imaplib
import os
import ssl
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from dev.lab import Lab, lab_missing
from mail.account import ImapServer
from mail.case_wall import CaseWall
from mail.download import download_message
from mail.download_folder import DownloadFolder
from mail.mailbox import Mailbox
from mail.save import save_message
from mail.storage import Storage
from models.find import Criteria, FindRequest

MEGABYTE = 1_000_000
MEMORY_LIMIT = 16 * MEGABYTE
SMALL, LARGE, WIDE = "<small@lab.test>", "<large@lab.test>", "<wide@lab.test>"
LIMIT = 100 * MEGABYTE
REPEATS = 5


@dataclass(frozen=True)
class Cost:
    """What one fetch took; `memory` is how far the process grew beyond what it had before."""

    seconds: float
    memory: int
    octets: int


def main() -> int:
    """Print the figures; the exit code says whether memory stayed within its limit."""
    if reason := lab_missing():
        print(reason)
        return 2
    with Lab() as lab, tempfile.TemporaryDirectory() as home:
        for raw in (_letter(SMALL, 1), _letter(LARGE, 25), _letter(WIDE, 10, 4, 4, 2)):
            lab.deliver("bench", raw)
        server = lab.account("bench").imap
        assert server  # noqa: S101  # the lab's accounts have one
        return _report(server, Path(home))


def _report(server: ImapServer, home: Path) -> int:
    downloaded = _apart(_measured, _download, server, home, LARGE)
    saved = _apart(_measured, _save, server, home, LARGE)
    print(f"25 MB attachment to a folder   {_figures(downloaded)}")
    print(f"25 MB attachment to storage    {_figures(saved)}")
    part = _apart(_measured, _save_one, server, home, WIDE)
    whole = _apart(_measured_imaplib, server, WIDE)
    print(f"10 MB part of a 20 MB mail     {_figures(part)}")
    print(f"  the same by imaplib          {_figures(whole)}")
    print(
        f"  imaplib takes                {whole.seconds / part.seconds:5.1f} x the time, "
        f"{whole.memory / part.memory:5.1f} x the memory, {whole.octets / part.octets:5.1f} x the octets"
    )
    within = max(downloaded.memory, saved.memory) < MEMORY_LIMIT
    print(f"memory grows by less than {MEMORY_LIMIT // MEGABYTE} MB: {'yes' if within else 'NO'}")
    return 0 if within else 1


def _figures(cost: Cost) -> str:
    return (
        f"{cost.seconds * 1000:7.0f} ms  {cost.memory / MEGABYTE:6.1f} MB memory  {cost.octets / MEGABYTE:6.1f} MB read"
    )


def _letter(message_id: str, *megabytes: int) -> bytes:
    letter = EmailMessage()
    letter["From"] = letter["To"] = "bench@lab.test"
    letter["Message-ID"] = message_id
    letter["Subject"] = "Files"
    letter.set_content("See the files.")
    for number, size in enumerate(megabytes):
        # So many octets as transferred: what people call a mail of 20 MB.
        content = os.urandom(size * MEGABYTE * 57 // 78)
        letter.add_attachment(content, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return letter.as_bytes(policy=email.policy.SMTP)


def _apart(function: Callable[..., Cost], *arguments: object) -> Cost:
    """Run in a process of its own, that has done nothing else: its memory tells what this took."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


Fetch = Callable[[Mailbox, Path, str], Coroutine[Any, Any, int]]


def _measured(fetch: Fetch, server: ImapServer, home: Path, message_id: str) -> Cost:
    return asyncio.run(_measure(fetch, server, home, message_id))


async def _measure(fetch: Fetch, server: ImapServer, home: Path, message_id: str) -> Cost:
    mailbox = Mailbox(server, "bench")
    await fetch(mailbox, home / "warm", SMALL)  # logged in, everything loaded
    before = _forget_peak()
    await fetch(mailbox, home / "measured", message_id)
    memory = _peak() - before
    costs: list[Cost] = []
    for number in range(REPEATS):
        begun = time.perf_counter()
        octets = await fetch(mailbox, home / str(number), message_id)
        costs.append(Cost(time.perf_counter() - begun, memory, octets))
    await mailbox.close()
    return min(costs, key=lambda cost: cost.seconds)


async def _download(mailbox: Mailbox, home: Path, message_id: str) -> int:
    async with mailbox.session() as session:
        with DownloadFolder.open(str(home), [home.parent]) as folder:
            outcome = await download_message(session, await _find(mailbox, message_id), folder, LIMIT)
    return _transferred(sum(one.size for one in outcome.downloaded))


async def _save(mailbox: Mailbox, home: Path, message_id: str, names: tuple[str, ...] = ()) -> int:
    wall = CaseWall(Storage(home.as_uri()), "7")
    async with mailbox.session() as session:
        outcome = await save_message(session, await _find(mailbox, message_id), wall, LIMIT, names=names)
    return _transferred(sum(one.size for one in outcome.saved))


async def _save_one(mailbox: Mailbox, home: Path, message_id: str) -> int:
    return await _save(mailbox, home, message_id, ("0.pdf",))


async def _find(mailbox: Mailbox, message_id: str) -> Any:
    request = FindRequest(account="", folders=("INBOX",), criteria=Criteria(message_ids=(message_id,)), limit=1)
    return (await mailbox.find(request)).found[0].pointer


def _measured_imaplib(server: ImapServer, message_id: str) -> Cost:
    with imaplib.IMAP4(server.host, server.port) as imap:
        imap.starttls(ssl.create_default_context(cafile=server.ca_file))
        imap.login(server.username, server.password.get_secret_value())
        imap.select(readonly=True)
        _fetch_whole(imap, SMALL)
        before = _forget_peak()
        _fetch_whole(imap, message_id)
        memory = _peak() - before
        costs: list[Cost] = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            octets = _fetch_whole(imap, message_id)
            costs.append(Cost(time.perf_counter() - begun, memory, octets))
    return min(costs, key=lambda cost: cost.seconds)


def _fetch_whole(imap: imaplib.IMAP4, message_id: str) -> int:
    """What users do today: the message, parsed; then the first of its files, written and hashed."""
    _, (found,) = imap.uid("SEARCH", "HEADER", "Message-ID", f'"{message_id}"')
    _, parts = imap.uid("FETCH", found.decode(), "(BODY.PEEK[])")
    raw = cast("list[tuple[bytes, bytes]]", parts)[0][1]
    file = next(email.message_from_bytes(raw, policy=email.policy.default).iter_attachments())
    content = cast("bytes", file.get_payload(decode=True))
    with tempfile.NamedTemporaryFile() as target:
        target.write(content)
        hashlib.sha256(content).hexdigest()
        hashlib.md5(content, usedforsecurity=False).hexdigest()
    return len(raw)


def _transferred(size: int) -> int:
    """Base64 in lines of 76 characters."""
    return size * 78 // 57


def _forget_peak() -> int:
    """Memory in use, from where the next peak counts."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def _peak() -> int:
    return _memory("VmHWM")


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    sys.exit(main())
