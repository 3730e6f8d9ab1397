"""Searches of a folder of 50,000 messages, beside imaplib and imap_tools, which load whole messages.

python -m benchmarks.search
"""

import asyncio
import email
import email.message
import email.policy
import imaplib
import re
import shutil
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

from imap_tools import AND, MailBoxUnencrypted
from imap_tools import Header as ImapToolsHeader

from dev.lab import Lab, lab_missing
from dev.lab.fill import Filed, fill
from mail.account import ImapServer
from mail.mailbox import Mailbox
from mail.search import search
from models.find import Criteria, FindRequest

MESSAGES = 50_000
NAME = "bench"
NOW = datetime.now(UTC).replace(microsecond=0)
# A hundred and fifty a day, for a year.
APART = timedelta(minutes=9.6)
# Of the newest, a third come with a file, as in any office.
WITH_FILES = 1000
FILE = b"Q" * 76 + b"\r\n"
FILE_LINES = 4000
# Half a year old, and not the newest of anything.
OLD, RECENT = 25_000, 49_500
REPEATS = 7
PAUSE_SECONDS = 0.05
NOTE = f"""\
"Message-ID, {MESSAGES - OLD:,} from the end": the message is of 2 kB, and the server's search takes all the time,
whoever asks. Nobody can be 5 times as fast there or load a tenth; all that can be asked is to be no slower."""


@dataclass(frozen=True)
class Case:
    """One search: what is looked for, in the words of each contender."""

    title: str
    request: FindRequest
    whole: tuple[str, ...]  # as imaplib is told

    @property
    def newest(self) -> int:
        """How many of the messages are wanted."""
        return self.request.limit


@dataclass(frozen=True)
class Contender:
    """Somebody who searches, on a connection of his own."""

    name: str
    search: Callable[[], Awaitable[object]]
    close: Callable[[], Awaitable[object]]


def main() -> int:
    """Print the figures."""
    if reason := lab_missing():
        print(reason, file=sys.stderr)
        return 2
    with Lab(rawlog=True) as lab:
        fill(lab, NAME, map(_letter, range(1, MESSAGES + 1)))
        print(f"{MESSAGES:,} messages, medians of {REPEATS} rounds in turn; octets are what the server sent")
        for case in _cases():
            asyncio.run(_report(lab, case))
    print(NOTE)
    return 0


def _cases() -> Iterator[Case]:
    day = "{0:%d}-{0:%b}-{0:%Y}"
    week, year = NOW - timedelta(days=7), NOW - timedelta(days=400)
    for number in (RECENT, OLD):
        criteria = Criteria(message_ids=(f"<{number}@lab.test>",))
        yield Case(f"Message-ID, {MESSAGES - number:,} from the end", _request(criteria, 1), _header(number))
    subject = Criteria(subject="invoice 499", since=year)
    yield Case("subject", _request(subject, 100), ("SUBJECT", '"invoice 499"', "SINCE", day.format(year)))
    unread = Criteria(only_unread=True, since=week)
    yield Case("unread, of a week", _request(unread, 100), ("UNSEEN", "SINCE", day.format(week)))
    yield Case("100 newest with bodies", _request(Criteria(since=year), 100), ("SINCE", day.format(year)))


def _request(criteria: Criteria, limit: int) -> FindRequest:
    return FindRequest(account=NAME, folders=("INBOX",), criteria=criteria, limit=limit)


def _header(number: int) -> tuple[str, ...]:
    return ("HEADER", "Message-ID", f'"<{number}@lab.test>"')


def _letter(number: int) -> Filed:
    date = NOW - (MESSAGES - number) * APART
    people = f"From: a{number}@lab.test\r\nTo: {NAME}@lab.test\r\n"
    about = f"Subject: Invoice {number}\r\nDate: {date:%d %b %Y %T} +0000\r\nMessage-ID: <{number}@lab.test>\r\n"
    raw = (people + about).encode()
    text = b"Dear colleague, the invoice is due.\r\n" * 40
    with_file = number > MESSAGES - WITH_FILES and number % 3 == 0
    return Filed(raw + (_with_file(text) if with_file else b"\r\n" + text), date, seen=number % 10 != 0)


def _with_file(text: bytes) -> bytes:
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n%b\r\n--b\r\n"
        b'Content-Type: application/pdf; name="invoice.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n%b--b--\r\n'
        % (text, FILE * FILE_LINES)
    )


async def _report(lab: Lab, case: Case) -> None:
    server = lab.account(NAME).imap
    assert server  # noqa: S101  # the lab's accounts have one
    server = server.model_copy(update={"security": "none"})
    contenders = _contenders(server, case, await _commands(lab, server, case))
    # In turn, so that whatever else the machine does slows all of them; the first round warms up.
    rounds = [[await _timed(one.search) for one in contenders] for _ in range(1 + REPEATS)][1:]
    octets = [await _octets_sent(lab, one) for one in contenders]
    _print(case, [one.name for one in contenders], rounds, octets)


def _print(case: Case, names: Sequence[str], rounds: Sequence[Sequence[float]], octets: Sequence[int]) -> None:
    print(case.title)
    for place, name in enumerate(names):
        seconds = statistics.median(times[place] for times in rounds)
        times_ours = statistics.median(times[place] / times[0] for times in rounds)
        print(
            f"  {name:28}{seconds * 1000:8.1f} ms {octets[place]:12,} octets"
            f"  {times_ours:6.1f} times the time {octets[place] / octets[0]:6.1f} times the octets"
        )


def _contenders(server: ImapServer, case: Case, commands: Sequence[str]) -> list[Contender]:
    """Ours is the first."""
    mailbox = Mailbox(server, NAME)
    return [
        Contender("ours", partial(_search, mailbox, case), mailbox.close),
        _imaplib("imaplib, the same commands", server, partial(_repeat, commands)),
        _imaplib("imaplib, whole messages", server, partial(_load_whole, case)),
        _imap_tools(server, case),
    ]


async def _commands(lab: Lab, server: ImapServer, case: Case) -> list[str]:
    """What ours says to the server; written down once, since the server is slower while it writes."""
    log = lab.home / "rawlog" / NAME
    owner = log.parent
    log.mkdir(exist_ok=True)
    shutil.chown(log, owner.stat().st_uid, owner.stat().st_gid)
    mailbox = Mailbox(server, NAME)
    await _search(mailbox, case)
    await mailbox.close()
    commands = lab.imap_commands(NAME)
    shutil.rmtree(log)
    return [line.partition(" ")[2] for line in commands if re.match(r"\S+ (EXAMINE|UID) ", line)]


async def _search(mailbox: Mailbox, case: Case) -> object:
    if case.request.criteria.message_ids:
        return await mailbox.find(case.request)
    return await search(mailbox, NAME, case.request)


async def _timed(run: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await run()
    return time.perf_counter() - begun


def _imaplib(name: str, server: ImapServer, run: Callable[[imaplib.IMAP4], object]) -> Contender:
    imap = imaplib.IMAP4(server.host, server.port)
    imap.login(server.username, server.password.get_secret_value())
    return _peer(name, partial(run, imap), imap.logout)


def _peer(name: str, run: Callable[[], object], close: Callable[[], object]) -> Contender:
    return Contender(name, lambda: asyncio.to_thread(run), lambda: asyncio.to_thread(close))


def _repeat(commands: Sequence[str], imap: imaplib.IMAP4) -> None:
    for command in commands:
        name, _, rest = command.partition(" ")
        if name == "EXAMINE":
            imap.select(rest, readonly=True)
        else:
            _read_all(imap.uid(*rest.split(" ", 1))[1])


def _read_all(parts: Sequence[object]) -> None:
    """What one does to know what a header says."""
    for raw in _literals(parts):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        _ = [str(value) for value in message.values()]


def _literals(parts: Sequence[object]) -> list[bytes]:
    """What imaplib pairs with the text before it."""
    return [cast("bytes", part[1]) for part in parts if isinstance(part, tuple)]


def _load_whole(case: Case, imap: imaplib.IMAP4) -> list[email.message.Message]:
    """What tutorials teach."""
    imap.select("INBOX", readonly=True)
    (found,) = imap.uid("SEARCH", *case.whole)[1]
    uids = ",".join(found.decode().split()[-case.newest :])
    parts = imap.uid("FETCH", uids, "(BODY.PEEK[])")[1]
    messages = list(map(email.message_from_bytes, _literals(parts)))
    for message in messages:
        for part in message.walk():
            if part.get_content_maintype() == "text":
                part.get_payload(decode=True)
    return messages


def _imap_tools(server: ImapServer, case: Case) -> Contender:
    mailbox = MailBoxUnencrypted(server.host, server.port)
    mailbox.login(server.username, server.password.get_secret_value())
    return _peer("imap_tools", partial(_fetch_by_imap_tools, mailbox, case), mailbox.client.logout)


def _fetch_by_imap_tools(mailbox: MailBoxUnencrypted, case: Case) -> list[str]:
    criteria = case.request.criteria
    wanted = AND(
        header=[ImapToolsHeader("Message-ID", one) for one in criteria.message_ids] or None,
        subject=criteria.subject or None,
        seen=False if criteria.only_unread else None,
        date_gte=criteria.since.date() if criteria.since else None,
    )
    found = mailbox.fetch(wanted, limit=case.newest, reverse=True, mark_seen=False, bulk=True)
    return [message.subject + message.text for message in found]


async def _octets_sent(lab: Lab, contender: Contender) -> int:
    """What Dovecot says at the end of the session that it sent, for each search."""
    before = len(_sent(lab))
    await contender.close()
    while len(sent := _sent(lab)) == before:  # noqa: ASYNC110  # a log tells no news by itself
        await asyncio.sleep(PAUSE_SECONDS)
    return sent[-1] // (1 + REPEATS)


def _sent(lab: Lab) -> list[int]:
    log = (lab.home / "dovecot.log").read_text(errors="replace")
    return list(map(int, re.findall(rf"imap\({NAME}\).* out=(\d+)", log)))


if __name__ == "__main__":
    sys.exit(main())
