"""Secrets: what opens a mailbox is in no history, no log, no failure and no line of the worker's check."""

import base64
import logging
from collections.abc import Awaitable, Callable

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from dev.lab import User
from mail.account import Account
from mail.errors import MailError
from mail.imap.session import ImapSession
from mail.smtp.session import SmtpSession
from tests.live.answers import reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, result_of, sent_by
from tests.mail.imap.scripted import Conversation, Script, ScriptedServer
from tests.mail.smtp.conftest import Scripted

Play = Callable[[Script], Awaitable[ScriptedServer]]
KEY = "the-key-of-the-reply-tokens"


def spellings(*secrets: str) -> set[str]:
    """A secret, and what it looks like on the way (RFC 4648, SASL PLAIN)."""
    octets = [secret.encode() for secret in secrets]
    plain = [b"\0soc\0" + one for one in octets]
    return {*secrets, *(base64.b64encode(one).decode().rstrip("=") for one in (*octets, *plain))}


def keyed(account: Account) -> Account:
    """An account whose letters carry tokens."""
    return account.model_copy(update={"reply_token_key": SecretStr(KEY)})


def mistaken(account: Account) -> Account:
    """An account whose passwords are those of yesterday."""
    wrong = {"password": SecretStr("yesterdays-password")}
    assert account.smtp
    assert account.imap
    return account.model_copy(
        update={"smtp": account.smtp.model_copy(update=wrong), "imap": account.imap.model_copy(update=wrong)}
    )


async def histories(temporal: Client, queue: str) -> str:
    """Every event of every workflow of a task queue, watches included."""
    told = ""
    async for workflow in temporal.list_workflows(f"TaskQueue = '{queue}'"):
        history = await temporal.get_workflow_handle(workflow.id, run_id=workflow.run_id).fetch_history()
        for event in history.events:
            told += str(event)
    return told


@pytest.mark.live
async def test_a_run_leaves_no_secret(open_desk: OpenDesk, alice: User, caplog: pytest.LogCaptureFixture) -> None:
    """A letter, a wait, its watch and an answer: nothing in their events, nothing in any log at DEBUG."""
    caplog.set_level(logging.DEBUG)
    desk = await open_desk(change=keyed)
    wait = await desk.ask(alice)
    desk.answer(reply(await sent_by(wait), alice))
    await result_of(wait)
    told = await _indexed(desk)
    assert "SendEmailAndWait" in told
    assert "MailboxWatch" in told
    assert not {one for one in spellings(desk.user.password, KEY) if one in told or one in caplog.text}


@pytest.mark.live
async def test_a_failure_leaves_no_secret(open_desk: OpenDesk, caplog: pytest.LogCaptureFixture) -> None:
    """A refused log-in tells who refused it, not what was refused."""
    caplog.set_level(logging.DEBUG)
    desk = await open_desk(change=mistaken)
    with pytest.raises(Exception, match="refuses the log-in"):
        await desk.send("alice@lab.test")
    told = await _indexed(desk)
    assert "AuthenticationFailed" in told
    assert not {one for one in spellings("yesterdays-password") if one in told or one in caplog.text}


@pytest.mark.parametrize("password", ["s3cret wörd", "s3cret\r\nQUIT", "s3cret" * 40])
async def test_a_password_that_cannot_be_said_is_not_told(
    scripted: Scripted, play: Play, caplog: pytest.LogCaptureFixture, password: str
) -> None:
    """Whatever breaks on the way, at either server, the sentence does without it."""
    caplog.set_level(logging.DEBUG)

    async def script(server: Conversation) -> None:
        await server.say(b"* OK Scripted ready.")
        await server.answer(b"CAPABILITY", b"* CAPABILITY IMAP4rev1")
        await server.answer(
            b"AUTHENTICATE" if not password.isascii() else b"LOGIN", result=b"NO " + password.encode()[:300]
        )

    smtp = (await scripted({"AUTH": "535 no"})).server().model_copy(update={"password": SecretStr(password)})
    imap = (await play(script)).settings(password=SecretStr(password), timeout_seconds=1)
    for opening in (SmtpSession.open(smtp), ImapSession.open(imap)):
        with pytest.raises(MailError) as caught:
            await opening
        assert "s3cret" not in str(caught.value)
    assert "s3cret" not in caplog.text


async def _indexed(desk: Desk) -> str:
    """The histories, once Temporal lists them."""
    while not (told := await histories(desk.temporal, desk.name)):
        pass
    return told
