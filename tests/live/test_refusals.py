"""What servers and policies refuse, and how the caller learns of it."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from client import ActionFailed
from dev.certificates import issue
from dev.lab import Lab, User
from mail.account import Account
from mail.policy import Policy
from tests.live.conftest import Change, OpenDesk
from tests.live.desk import Desk
from tests.live.test_send import ID

pytestmark = pytest.mark.live


def servers(**changes: object) -> Change:
    """Both servers of an account, changed."""

    def change(account: Account) -> Account:
        assert account.smtp
        assert account.imap
        smtp, imap = (server.model_copy(update=changes) for server in (account.smtp, account.imap))
        return account.model_copy(update={"smtp": smtp, "imap": imap})

    return change


def log(lab: Lab, name: str, pattern: str) -> list[str]:
    """The lines of a server's log that hold the pattern."""
    file = lab.home / name
    lines = file.read_text(errors="replace").splitlines() if file.exists() else []
    return [line for line in lines if re.search(pattern, line)]


def handed_in(desk: Desk) -> list[str]:
    """The letters that Exim took from this desk."""
    return log(desk.lab, "exim-main.log", rf" <= {re.escape(desk.user.address)} ")


async def failure(desk: Desk, *recipients: User | str, **more: object) -> ActionFailed:
    """How sending fails."""
    with pytest.raises(ActionFailed) as raised:
        await desk.send(*recipients, **more)
    return raised.value


async def test_some_recipients_refused_is_a_result(desk: Desk, alice: User) -> None:
    """Those who were accepted have it; the others are named with the server's words."""
    sent = await desk.send(alice, "full@lab.test", cc="nobody-here@lab.test", **ID)
    assert sent.status == "partially_sent"
    assert (sent.recipients, sent.cc) == ((alice.address,), ())
    assert [(one.address, one.code) for one in sent.refused] == [("full@lab.test", 550), ("nobody-here@lab.test", 550)]
    assert "Mailbox full" in sent.refused[0].message
    await desk.received(alice, sent.message_id)


async def test_all_recipients_refused_is_a_failure(desk: Desk) -> None:
    """Nobody has it, and the failure says why for each."""
    failed = await failure(desk, "full@lab.test", "blocked@lab.test")
    assert failed.type == "AllRecipientsRefused"
    assert [one["address"] for one in failed.details[0]["refused"]] == ["full@lab.test", "blocked@lab.test"]
    assert not handed_in(desk)


async def test_greylisted_recipients_are_tried_again_alone(desk: Desk, alice: User) -> None:
    """Each recipient gets one letter, whoever had to wait."""
    grey = f"greylisted+{desk.name}@lab.test"  # goes to bob
    sent = await desk.send(alice, grey, **ID)
    assert (sent.status, sent.recipients) == ("sent", (alice.address, grey))
    assert len(handed_in(desk)) == 2
    await desk.received("bob", sent.message_id)
    await desk.received(alice, sent.message_id)


async def test_a_rejected_letter_fails_at_once(desk: Desk, alice: User) -> None:
    """The server refuses the letter itself, after its recipients."""
    failed = await failure(desk, alice, subject="REJECT-DATA")
    assert failed.type == "MessageRejected"
    assert "Content rejected" in failed.message


async def test_a_wrong_password_is_tried_once(open_desk: OpenDesk, alice: User) -> None:
    """Asking again would lock the account."""
    desk = await open_desk(change=servers(password=SecretStr("not-it")))
    failed = await failure(desk, alice)
    assert failed.type == "AuthenticationFailed"
    assert "not-it" not in failed.message
    assert len(log(desk.lab, "exim-main.log", rf"authenticator failed.*set_id={desk.name}\)")) == 1


async def test_a_wrong_password_for_reading_is_tried_once(open_desk: OpenDesk, desk: Desk, alice: User) -> None:
    """A wait that cannot look fails before anybody relies on it."""
    sent = await desk.send(alice, **ID)
    stranger = await open_desk(change=servers(password=SecretStr("not-it")))
    with pytest.raises(ActionFailed) as raised:
        await (await stranger.await_answers(sent)).result()
    assert raised.value.type == "AuthenticationFailed"
    (line,) = log(desk.lab, "dovecot.log", rf"auth failed.*user=<{stranger.name}>")
    assert "1 attempts" in line


async def test_an_unknown_authority_is_not_trusted(open_desk: OpenDesk, alice: User, tmp_path: Path) -> None:
    """No password leaves for a server whose certificate somebody else signed."""
    desk = await open_desk(change=servers(ca_file=str(issue(tmp_path).ca)))
    assert (await failure(desk, alice)).type == "CertificateRejected"


async def test_files_outside_the_roots_stay_here(open_desk: OpenDesk, alice: User, tmp_path: Path) -> None:
    """The policy is asked before anything is sent, symbolic links included."""
    roots = tmp_path / "outgoing"
    roots.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (roots / "link.txt").symlink_to(tmp_path / "secret.txt")
    desk = await open_desk(policy=Policy(attachment_roots=(roots,)))
    for path in (tmp_path / "secret.txt", roots / "link.txt", roots / ".." / "secret.txt"):
        assert (await failure(desk, alice, attachments_paths=[str(path)])).type == "AttachmentForbidden"
    assert not handed_in(desk)


async def test_a_missing_file_is_named(open_desk: OpenDesk, alice: User, tmp_path: Path) -> None:
    """The letter does not leave without it."""
    desk = await open_desk(policy=Policy(attachment_roots=(tmp_path,)))
    failed = await failure(desk, alice, attachments_paths=[str(tmp_path / "report.pdf")])
    assert failed.type == "AttachmentNotFound"
    assert "report.pdf" in failed.message


async def test_other_domains_can_be_forbidden(open_desk: OpenDesk, alice: User) -> None:
    """One forbidden recipient keeps the whole letter here."""
    desk = await open_desk(policy=Policy(allowed_recipient_domains=("lab.test",)))
    failed = await failure(desk, alice, bcc="eve@example.org")
    assert failed.type == "RecipientForbidden"
    assert "eve@example.org" in failed.message
    assert not handed_in(desk)


async def test_an_unknown_account_is_told_the_known_ones(desk: Desk, alice: User) -> None:
    """A misspelt account fails at once."""
    assert (await failure(desk, alice, account="sock")).type == "UnknownAccount"


async def test_an_account_may_be_written_in_any_case(desk: Desk, alice: User) -> None:
    """As in the settings; the result tells the name that the settings have."""
    assert (await desk.send(alice, account=desk.name.upper())).account == desk.name
