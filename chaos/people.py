"""The people who are asked: they read their mail and answer, whatever the servers are doing."""

import asyncio
import imaplib
import re
import smtplib
import time
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate

from chaos.plan import Act, Step
from chaos.stage import PERSON, US
from dev.lab import Lab

# How often people look whether they have mail, and how soon they try again when a server is away.
_PAUSE_SECONDS = 0.3
_AWAY_SECONDS = 5.0
_HEADERS = "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])"
_FIELD = re.compile(rb"^(Subject|Message-ID):\s*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


def address(act: Act, number: int, *, local_part: str = PERSON) -> str:
    """Who is written to with this letter."""
    return f"{local_part}+{act}-{number}@lab.test"


def letter_id(number: int) -> str:
    """The letter of a wait that did not send it."""
    return f"<wait-{number}@elsewhere.test>"


class People:
    """Everybody with an address of `alice+…`; each has one letter to answer."""

    def __init__(self, lab: Lab, asked: dict[int, Step]) -> None:
        self._lab = lab
        self._asked = asked
        self._answering: set[asyncio.Task[None]] = set()
        self._next_uid = 1

    async def read_mail(self) -> None:
        """Answer every letter that asks for it, until cancelled."""
        while True:
            with suppress(OSError, imaplib.IMAP4.error):
                for subject, message_id in await asyncio.to_thread(self._new_letters):
                    self._answer_in_time(subject, message_id)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def answer(self, step: Step, message_id: str) -> None:
        """Write back after some thought, once, after an out-of-office note where the person was away."""
        sender = address(Act(step.what), step.number)
        if step.away:
            await self._deliver(_reply(sender, message_id, "I am away.", f"away-{sender}", step.clock, away=True))
        await asyncio.sleep(step.thought)
        await self._deliver(_reply(sender, message_id, f"Answer {step.number}.", f"answer-{sender}", step.clock))

    def _new_letters(self) -> list[tuple[str, str]]:
        with imaplib.IMAP4(self._lab.host, self._lab.ports["IMAP"], timeout=_AWAY_SECONDS) as imap:
            imap.login(PERSON, self._lab.users[PERSON].password)
            imap.select("INBOX", readonly=True)
            _, parts = imap.uid("FETCH", f"{self._next_uid}:*", _HEADERS)
        return list(self._unseen(parts))

    def _unseen(self, parts: list[bytes | tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
        for part in parts:
            if not isinstance(part, tuple):
                continue
            found = re.search(rb"UID (\d+)", part[0])
            uid = int(found[1]) if found else 0
            if uid >= self._next_uid:  # "n:*" always names the last one
                self._next_uid = uid + 1
                fields = {name.lower(): value.decode() for name, value in _FIELD.findall(part[1])}
                yield fields.get(b"subject", ""), fields.get(b"message-id", "")

    def _answer_in_time(self, subject: str, message_id: str) -> None:
        act, _, number = subject.partition(" ")
        if act != Act.ASK or (step := self._asked.pop(int(number), None)) is None:
            return
        task = asyncio.create_task(self.answer(step, message_id))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _deliver(self, letter: bytes) -> None:
        """Again until the server has it: one that dies before it says so has the letter twice."""
        while True:
            try:
                await asyncio.to_thread(self._lab.deliver, US, letter)
            except (OSError, smtplib.SMTPException):
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return


def _reply(sender: str, message_id: str, text: str, identity: str, clock: float, *, away: bool = False) -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, f"{US}@lab.test", "Re: your question"
    letter["Date"], letter["Message-ID"] = (
        formatdate(time.time() + clock),
        f"<{identity.replace('@', '.')}@people.test>",
    )
    letter["In-Reply-To"] = message_id
    if away:
        letter["Auto-Submitted"] = "auto-replied"
    letter.set_content(text)
    return letter.as_bytes()
