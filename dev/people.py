"""People who answer the letters they get: each in the way that gives mail programs trouble."""

import asyncio
import html
import smtplib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from dev.mail_server import EmbeddedMail
from mail.account import Account

# Nothing here leaves the machine: an answer takes milliseconds.
SMTP_SECONDS = 10


@dataclass(frozen=True)
class Person(ABC):
    """Somebody with a mailbox and an answer."""

    name: str
    answer: str

    @abstractmethod
    def react(self, letter: EmailMessage) -> AsyncIterator[EmailMessage]:
        """What comes back after a letter, when it does."""


class AtOnce(Person):
    """Answers at once, above the quoted letter."""

    async def react(self, letter: EmailMessage) -> AsyncIterator[EmailMessage]:
        """One answer."""
        yield _plain(letter, self.answer)


@dataclass(frozen=True)
class OutOfOffice(Person):
    """Is away, which a program says at once; answers later nevertheless."""

    seconds: float = 3.0

    async def react(self, letter: EmailMessage) -> AsyncIterator[EmailMessage]:
        """The program's note, then the answer."""
        yield _automatic(letter)
        await asyncio.sleep(self.seconds)
        yield _plain(letter, self.answer)


class OnPhone(Person):
    """Answers in HTML, with its footer and the whole letter below, as an iPhone quotes it."""

    async def react(self, letter: EmailMessage) -> AsyncIterator[EmailMessage]:
        """One answer."""
        reply = _reply(letter)
        reply.set_content(
            f'<html><body dir="auto">{_html(self.answer)}<br><br>Sent from my iPhone<br>'
            f'<div dir="ltr"><br><blockquote type="cite">{_html(_attribution(letter))}<br><br></blockquote></div>'
            f'<blockquote type="cite"><div dir="ltr">{_html(_text(letter))}</div>'
            "</blockquote></body></html>",
            subtype="html",
        )
        yield reply


class People:
    """Those who answer the letters of one sender; letters among themselves would never end."""

    def __init__(self, people: Iterable[Person], mail: EmbeddedMail, sender: str) -> None:
        self._people = {person.name: person for person in people}
        self._mail, self._sender = mail, sender

    async def read(self, user: str, raw: bytes) -> None:
        """Take a letter that has come for a user, and answer it as the user does."""
        letter = message_from_bytes(raw, policy=policy.default)
        if user in self._people and letter["From"].addresses[0].addr_spec == self._sender:
            async for reply in self._people[user].react(letter):
                await self._send(user, reply)

    async def catch_up(self) -> None:
        """Answer the letters that were left unanswered when the server ended."""
        unanswered = [(user, raw) for user in self._people for raw in await self._unanswered(user)]
        await asyncio.gather(*(self.read(user, raw) for user, raw in unanswered))

    async def _unanswered(self, user: str) -> list[bytes]:
        sent = [message_from_bytes(raw) for raw in await self._mail.messages(user, "Sent")]
        answered = {reply["In-Reply-To"] for reply in sent if "Auto-Submitted" not in reply}
        letters = await self._mail.messages(user)
        return [raw for raw in letters if message_from_bytes(raw)["Message-ID"] not in answered]

    async def _send(self, user: str, reply: EmailMessage) -> None:
        reply["From"] = f"{user.title()} <{user}@{self._mail.domain}>"
        reply["Message-ID"] = make_msgid(domain=self._mail.domain)
        await asyncio.to_thread(_hand_in, self._mail.account(user), reply)
        await self._mail.deliver(user, reply.as_bytes(policy=policy.SMTP), "Sent")


def _hand_in(account: Account, letter: EmailMessage) -> None:
    server = account.smtp
    if server is None:
        raise ValueError(f"{account.address} cannot send")
    # RFC 3834, 3.3: a program's letters have no envelope sender, so that nothing can answer them.
    sender = "" if "Auto-Submitted" in letter else account.address
    with smtplib.SMTP(server.host, server.port, local_hostname="localhost", timeout=SMTP_SECONDS) as smtp:
        smtp.login(server.username, server.password.get_secret_value())
        smtp.send_message(letter, from_addr=sender)


def _plain(letter: EmailMessage, answer: str) -> EmailMessage:
    reply = _reply(letter)
    quoted = "".join(f"> {line}\n" for line in _text(letter).splitlines())
    reply.set_content(f"{answer}\n\n{_attribution(letter)}\n{quoted}")
    return reply


def _automatic(letter: EmailMessage) -> EmailMessage:
    reply = _reply(letter)
    reply.replace_header("Subject", f"Automatic reply: {letter['Subject']}")
    reply["Auto-Submitted"] = "auto-replied"  # RFC 3834, 5.1.7
    reply.set_content("I am out of the office until Monday. In urgent cases please call the front desk.\n")
    return reply


def _reply(letter: EmailMessage) -> EmailMessage:
    """The headers of an answer (RFC 5322, 3.6.4)."""
    reply = EmailMessage()
    reply["To"] = letter["Reply-To"] or letter["From"]
    reply["Subject"] = f"Re: {letter['Subject']}"
    reply["Date"] = formatdate(localtime=True)
    reply["In-Reply-To"] = letter["Message-ID"]
    reply["References"] = " ".join(filter(None, (letter["References"], letter["Message-ID"])))
    return reply


def _attribution(letter: EmailMessage) -> str:
    written = letter["Date"].datetime
    return f"On {written:%a, %d %b %Y at %H:%M}, {letter['From']} wrote:"


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()).strip() if body else ""


def _html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
