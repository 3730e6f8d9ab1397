"""The whole session against a real Dovecot."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from dev.certificates import issue
from dev.lab import Lab, User
from mail.account import ImapServer
from mail.body import walk
from mail.errors import AuthenticationFailed, CertificateRejected, FolderNotFound, ServerUnavailable
from mail.imap import criteria as c
from mail.imap.session import ImapSession

pytestmark = pytest.mark.live

Open = Callable[[ImapServer], Awaitable[ImapSession]]
LETTER = """From: Bob <bob@lab.test>\r
To: alice@lab.test\r
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= ** SALE * now :-(\r
Message-ID: <one@lab.test>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Schöne Grüße ( {5}\r
--b\r
Content-Type: application/pdf; name="r.pdf"\r
Content-Disposition: attachment; filename="r (1.pdf"\r
Content-Transfer-Encoding: base64\r
\r
SGVsbG8=\r
--b--\r
""".encode()
EVERYTHING = ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY[HEADER]", "BODY[1]")


def at(lab: Lab, server: ImapServer, security: str, **changes: object) -> ImapServer:
    port = lab.ports["IMAPS" if security == "tls" else "IMAP"]
    return server.model_copy(update={"security": security, "port": port} | changes)


@pytest.mark.parametrize(("security", "encrypted"), [("tls", True), ("starttls", True), ("none", False)])
async def test_every_kind_of_connection_works(
    lab: Lab, imap_server: ImapServer, enter: Open, security: str, *, encrypted: bool
) -> None:
    """TLS, STARTTLS and neither, as the settings say."""
    session = await enter(at(lab, imap_server, security))
    assert (session.tls is not None) is encrypted
    assert "IDLE" in session.capabilities
    assert "Dovecot" in session.server_name
    await session.examine("INBOX")


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_unknown_authority_is_rejected(
    lab: Lab, imap_server: ImapServer, security: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another private CA, or the system's, do not vouch for this server."""
    other = str(issue(tmp_path_factory.mktemp("tls")).ca)
    for ca_file in (other, ""):
        with pytest.raises(CertificateRejected, match="not trusted"):
            await ImapSession.open(at(lab, imap_server, security, ca_file=ca_file))


async def test_a_certificate_for_another_name_is_rejected(lab: Lab, imap_server: ImapServer) -> None:
    """The certificate has to be for the host that was asked for, not only for its address."""
    with pytest.raises(CertificateRejected, match="not trusted"):
        await ImapSession.open(at(lab, imap_server, "tls", host="127.1"))


async def test_tls_on_a_plain_port_is_rejected(lab: Lab, imap_server: ImapServer) -> None:
    """A server without TLS does not get the password."""
    plain = at(lab, imap_server, "tls", port=lab.ports["IMAP"])
    with pytest.raises(CertificateRejected, match="does not speak TLS"):
        await ImapSession.open(plain)


@pytest.mark.parametrize("changes", [{"password": SecretStr("wrong")}, {"username": 'a" "b'}])
async def test_wrong_credentials_are_final(imap_server: ImapServer, changes: dict[str, object]) -> None:
    """Asking again would only lock the account."""
    with pytest.raises(AuthenticationFailed):
        await ImapSession.open(imap_server.model_copy(update=changes))


async def test_special_folders_are_found(mailbox: ImapSession) -> None:
    """By what the server says, in any case of letters."""
    assert await mailbox.special_folder("\\Sent") == "Sent"
    assert await mailbox.special_folder("\\TRASH") == "Trash"
    assert await mailbox.special_folder("\\Flagged") is None


@pytest.mark.parametrize("name", ["Entwürfe & mehr", "日本語/🚀", 'a "b" \\c', "My Folder", "{5}", "x (y"])
async def test_any_folder_name_works(mailbox: ImapSession, lab: Lab, lab_user: User, name: str) -> None:
    """Names beyond ASCII, with quotes, spaces and braces are listed, filed into and opened."""
    lab.create_folder(lab_user.name, name)
    assert name in [folder.name for folder in await mailbox.folders()]
    assert await mailbox.append(name, LETTER) == 1
    assert (await mailbox.examine(name)).exists == 1


@pytest.mark.parametrize("name", ['x"\\', 'INBOX" (MESSAGES) "', "a b", 'x" "y', "%", "*"])
async def test_no_folder_name_is_a_command(mailbox: ImapSession, name: str) -> None:
    """Names that would end their string open nothing and create nothing."""
    before = await mailbox.folders()
    with pytest.raises(FolderNotFound):
        await mailbox.select(name)
    assert await mailbox.folders() == before


async def test_search_and_fetch_what_was_filed(mailbox: ImapSession) -> None:
    """A filed message is found by what it says and comes back as it is."""
    date = datetime(2026, 3, 5, 8, tzinfo=UTC)
    uid = await mailbox.append("INBOX", LETTER, flags=["\\Flagged"], date=date)
    status = await mailbox.examine("INBOX")
    assert (status.exists, status.uid_next) == (1, 2)
    assert await mailbox.search(c.Header("Message-ID", "<one@lab.test>")) == (uid,)
    (message,) = await mailbox.fetch([1, 99], EVERYTHING)
    assert (message.uid, message.size) == (1, len(LETTER))
    assert message.flags - {"\\Recent"} == {"\\Flagged"}
    assert message.internal_date == date
    assert message.sections["HEADER"] == LETTER.partition(b"--b")[0]
    assert message.sections["1"] == "Schöne Grüße ( {5}".encode()
    assert message.structure is not None
    assert [part.section for part, _ in walk(message.structure)] == ["", "1", "2"]
    assert message.structure.children[1].disposition_parameters == {"filename": "r (1.pdf"}


@pytest.mark.parametrize(
    ("criterion", "found"),
    [
        (c.Subject("grüße"), True),
        (c.All((c.Subject("Grüße"), c.From("bob"), c.Unseen())), True),
        (c.AnyOf((c.Subject("日本語"), c.Text("Schöne"))), True),
        (c.Not(c.Subject("Grüße")), False),
        (c.All((c.AnyOf((c.To("alice"), c.Cc("alice"))), c.Not(c.All((c.Unseen(), c.Larger(9)))))), False),
        (c.Subject('" SEEN OR SUBJECT "'), False),
        (c.Subject("** SALE * now :-("), True),
        (c.Since(datetime.now(UTC).date() - timedelta(days=1)), True),
        (c.UidRange(2), False),
        (c.All(), True),
    ],
)
async def test_criteria_mean_what_they_say(mailbox: ImapSession, criterion: c.Criterion, *, found: bool) -> None:
    """Nesting, negation, text beyond ASCII and quotes are understood by a real server."""
    await mailbox.append("INBOX", LETTER)
    await mailbox.examine("INBOX")
    assert bool(await mailbox.search(criterion)) is found


async def test_reading_changes_nothing(
    lab: Lab, lab_user: User, mailbox: ImapSession, enter: Open, imap_server: ImapServer
) -> None:
    """EXAMINE and PEEK leave the mail unseen, and recent for the client that selects it."""
    lab.deliver(lab_user.name, LETTER)
    await mailbox.examine("INBOX")
    await mailbox.fetch([1], ("BODY[]",))
    other = await enter(imap_server)
    await other.select("INBOX")
    (message,) = await other.fetch([1], ("FLAGS",))
    assert message.flags == {"\\Recent"}


async def test_examine_and_select_can_follow_each_other(mailbox: ImapSession) -> None:
    """Opening one folder after another, either way, leaves the session usable."""
    for opened in (mailbox.examine, mailbox.select, mailbox.examine):
        assert (await opened("INBOX")).exists == 0
        assert await mailbox.search(c.All()) == ()


async def test_idle_is_woken_by_a_delivery(lab: Lab, lab_user: User, mailbox: ImapSession) -> None:
    """New mail is pushed, and found at once."""
    await mailbox.examine("INBOX")
    idle = asyncio.create_task(mailbox.idle(30))
    await asyncio.to_thread(lab.deliver, lab_user.name, LETTER)
    assert await asyncio.wait_for(idle, 30)
    assert await mailbox.search(c.All()) == (1,)
    assert not await mailbox.idle(0.05)


async def test_a_large_message_passes_both_ways(mailbox: ImapSession) -> None:
    """Five megabytes go in as one literal and come out the same, in pieces if wanted."""
    raw = b"Subject: large\r\n\r\n" + b"0123456789abcde\r\n" * 300_000
    await mailbox.append("INBOX", raw)
    await mailbox.examine("INBOX")
    (whole,) = await mailbox.fetch([1], ("BODY[]",))
    (piece,) = await mailbox.fetch([1], ("BODY[TEXT]<17.15>",))
    assert whole.sections == {"": raw}
    assert piece.sections == {"TEXT": b"0123456789abcde"}


async def test_closing_says_goodbye(lab: Lab, lab_user: User, mailbox: ImapSession) -> None:
    """The server sees a LOGOUT, and the session is of no more use."""
    await mailbox.close()
    assert mailbox.closed
    assert "LOGOUT" in " ".join(lab.imap_commands(lab_user.name))
    with pytest.raises(ServerUnavailable):
        await mailbox.noop()
