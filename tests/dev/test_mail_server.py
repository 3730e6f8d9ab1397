"""The embedded mail server does what demo and tests rely on."""

import asyncio
import email
from pathlib import Path

import pytest

from dev.certificates import issue
from dev.mail_server import EmbeddedMail
from dev.mail_server.state import State
from tests.dev.conftest import LETTER, Idle, Login, Send

USERS = {"soc": "secret-soc", "bob": "secret-bob", "jürgen": "secret-jürgen"}

WITH_FILE = (
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nSee the file.\r\n--x\r\n'
    b'Content-Disposition: attachment; filename="a b.txt"\r\n\r\nabc\r\n--x--\r\n'
)


def letters_in(folder: Path) -> list[Path]:
    """The files of the letters that are kept."""
    return list(folder.rglob("*.eml"))


async def test_a_letter_sent_arrives(embedded: EmbeddedMail, send: Send) -> None:
    """SMTP and the mailboxes work together, with the trace lines of a delivery."""
    answer = await asyncio.to_thread(send, embedded.account("soc"), "bob+case.7@lab.test")
    (letter,) = await embedded.messages("bob")
    assert answer[0] == 250
    assert letter.startswith(b"Return-Path: <soc@lab.test>\r\nDelivered-To: bob+case.7@lab.test\r\n")
    assert letter.endswith(LETTER)


async def test_people_log_in_with_their_address(embedded: EmbeddedMail, login: Login, send: Send) -> None:
    """`bob@lab.test` opens the mailbox of `bob`."""
    await embedded.deliver("bob", LETTER)
    account = embedded.account("bob")
    assert account.imap
    assert account.smtp
    name = {"username": "bob@lab.test"}
    account = account.model_copy(
        update={"imap": account.imap.model_copy(update=name), "smtp": account.smtp.model_copy(update=name)}
    )
    client = await asyncio.to_thread(login, account)
    assert await asyncio.to_thread(client.search, None, "ALL") == ("OK", [b"1"])
    assert (await asyncio.to_thread(send, account, "soc@lab.test"))[0] == 250


async def test_wrong_passwords_are_refused(embedded: EmbeddedMail, login: Login, send: Send) -> None:
    """Neither entrance lets a stranger in."""
    stranger = EmbeddedMail({"bob": "wrong"}, ports=embedded.ports).account("bob")
    with pytest.raises(Exception, match=r"AUTHENTICATIONFAILED|Invalid"):
        await asyncio.to_thread(login, stranger)
    with pytest.raises(Exception, match=r"535"):
        await asyncio.to_thread(send, stranger, "soc@lab.test")


async def test_idle_hears_of_a_letter(embedded: EmbeddedMail, login: Login, send: Send, idle: Idle) -> None:
    """IMAP IDLE (RFC 2177) pushes a letter that came by SMTP."""
    client = await asyncio.to_thread(login, embedded.account("bob"))
    pushed = await asyncio.to_thread(idle, client, lambda: send(embedded.account("soc"), "bob@lab.test"))
    assert pushed == b"* 1 EXISTS\r\n"


async def test_idle_tells_what_came_before_it(embedded: EmbeddedMail, login: Login, idle: Idle) -> None:
    """A letter between the last command and IDLE is announced at once, not with the next letter."""
    client = await asyncio.to_thread(login, embedded.account("bob"))
    await embedded.deliver("bob", LETTER)
    assert await asyncio.to_thread(idle, client, lambda: None) == b"* 1 EXISTS\r\n"


async def test_refusals_follow_the_rules(embedded: EmbeddedMail, send: Send) -> None:
    """A rule may come and go while the server runs."""
    embedded.rules["bob@lab.test"] = "552 5.2.2 Mailbox full"
    refused = await asyncio.to_thread(send, embedded.account("soc"), "bob@lab.test")
    del embedded.rules["bob@lab.test"]
    accepted = await asyncio.to_thread(send, embedded.account("soc"), "bob@lab.test")
    assert refused == (552, b"5.2.2 Mailbox full")
    assert accepted[0] == 250


async def test_strangers_have_no_mailbox(embedded: EmbeddedMail, send: Send) -> None:
    """An address that is nobody's is refused."""
    assert (await asyncio.to_thread(send, embedded.account("soc"), "eve@lab.test"))[0] == 550


async def test_a_bounce_comes_back_as_a_report(embedded: EmbeddedMail, send: Send) -> None:
    """RFC 3464: the sender learns who could not be reached and which letter it was about."""
    embedded.bounces["gone@lab.test"] = "5.1.1 User unknown"
    assert (await asyncio.to_thread(send, embedded.account("soc"), "gone@lab.test"))[0] == 250
    (raw,) = await embedded.messages("soc")
    report, _, _, _, failure, original = email.message_from_bytes(raw).walk()
    assert (report["Return-Path"], report["In-Reply-To"]) == ("<>", None)
    assert report.get_content_type() == "multipart/report"
    assert failure["Final-Recipient"] == "rfc822; gone@lab.test"
    assert failure["Status"] == "5.1.1"
    assert b"Subject: Your laptop" in original.as_bytes()


async def test_people_can_answer(embedded: EmbeddedMail, send: Send) -> None:
    """A callback hears of each letter, and may deliver one itself."""
    answered = asyncio.Event()

    async def answer(user: str, raw: bytes) -> None:
        await embedded.deliver("soc", b"From: " + user.encode() + b"@lab.test\r\n" + raw)
        answered.set()

    embedded.on_mail.append(answer)
    await asyncio.to_thread(send, embedded.account("soc"), "bob@lab.test")
    await asyncio.wait_for(answered.wait(), 30)
    assert (await embedded.messages("soc"))[0].startswith(b"From: bob@lab.test")


async def test_attachments_have_names_in_the_structure(embedded: EmbeddedMail, login: Login) -> None:
    """BODYSTRUCTURE gives the disposition as a list (RFC 3501, 7.4.2)."""
    await embedded.deliver("bob", WITH_FILE)
    client = await asyncio.to_thread(login, embedded.account("bob"))
    _, structure = await asyncio.to_thread(client.fetch, "1", "(BODYSTRUCTURE)")
    assert '("attachment" ("filename" "a b.txt"))' in str(structure)


async def test_tls_is_offered_with_certificates(tmp_path: Path, login: Login, send: Send) -> None:
    """With certificates a client that insists on STARTTLS reads and sends, beyond ASCII too."""
    async with EmbeddedMail(USERS, certificates=issue(tmp_path)) as mail:
        soc = mail.account("soc")
        assert (await asyncio.to_thread(send, soc, "jürgen@lab.test", LETTER, "SMTPUTF8"))[0] == 250
        assert len(await mail.messages("jürgen")) == 1
        assert (await asyncio.to_thread(login, soc)).state == "SELECTED"


async def test_mail_survives_a_restart(tmp_path: Path, login: Login) -> None:
    """Folders, letters, flags and their numbers are what they were."""
    async with EmbeddedMail(USERS, state=tmp_path) as mail:
        await mail.deliver("bob", LETTER)
        await mail.deliver("bob", b"Subject: Second\r\n\r\n", "Réports, 2026")
        client = await asyncio.to_thread(login, mail.account("bob"))
        await asyncio.to_thread(client.store, "1", "+FLAGS", r"(\Seen)")
        before = await asyncio.to_thread(client.status, "INBOX", "(UIDVALIDITY UIDNEXT MESSAGES UNSEEN)")
    async with EmbeddedMail(USERS, state=tmp_path) as mail:
        client = await asyncio.to_thread(login, mail.account("bob"))
        after = await asyncio.to_thread(client.status, "INBOX", "(UIDVALIDITY UIDNEXT MESSAGES UNSEEN)")
        assert await mail.messages("bob", "Réports, 2026") == [b"Subject: Second\r\n\r\n"]
    assert after == before


async def test_what_was_accepted_survives_a_kill(tmp_path: Path, send: Send) -> None:
    """A letter is on disk before its sender is told so: its number is never given to another."""
    async with EmbeddedMail(USERS, state=tmp_path) as mail:
        for _ in range(2):
            await asyncio.to_thread(send, mail.account("soc"), "bob@lab.test")
        (inbox,) = [one for one in State(tmp_path).load() if (one.user, one.name) == ("bob", "INBOX")]
    assert (len(inbox.letters), inbox.next_uid) == (2, inbox.letters[-1].uid + 1)


async def test_deleted_mail_leaves_the_disk(tmp_path: Path, login: Login) -> None:
    """The folder holds what the mailboxes hold, and no more."""
    async with EmbeddedMail(USERS, state=tmp_path) as mail:
        await mail.deliver("bob", LETTER)
    async with EmbeddedMail(USERS, state=tmp_path) as mail:
        client = await asyncio.to_thread(login, mail.account("bob"))
        await asyncio.to_thread(client.store, "1", "+FLAGS", r"(\Deleted)")
        assert len(letters_in(tmp_path)) == 1
        await asyncio.to_thread(client.expunge)
    assert not letters_in(tmp_path)


async def test_clients_are_dropped_at_the_end(login: Login) -> None:
    """Closing the server ends what is still connected, without a warning."""
    async with EmbeddedMail(USERS) as mail:
        client = await asyncio.to_thread(login, mail.account("bob"))
    assert (await asyncio.to_thread(client.readline)).startswith(b"* BYE")
    assert await asyncio.to_thread(client.readline) == b""
