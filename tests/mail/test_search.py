"""Searches of real folders on Dovecot: what is found, in which order, and what is loaded of it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from dev.lab import Lab, User
from dev.mail_server import EmbeddedMail
from mail.errors import FolderNotFound
from mail.mailbox import Mailbox
from mail.search import search
from models.email import Email
from models.find import Criteria, FindRequest
from models.search import EmailsFound

pytestmark = pytest.mark.live

NOW = datetime.now(UTC).replace(microsecond=0)
REPORTS = Path(__file__).parent / "corpus" / "reports"


def letter(subject: str = "Hello", text: str = "Hi.\n", message_id: str = "", **headers: str) -> EmailMessage:
    """A plain letter to alice; without an id it has none."""
    mail = EmailMessage()
    usual = {"From": "Bob <bob@lab.test>", "To": "alice@lab.test", "Subject": subject, "Message-ID": message_id}
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return mail


@dataclass(frozen=True)
class Desk:
    """A mailbox, and what is put into it and looked for in it."""

    lab: Lab
    user: User
    mailbox: Mailbox

    async def file(
        self, mail: EmailMessage | bytes, folder: str = "INBOX", *, minutes_ago: float = 0, seen: bool = False
    ) -> None:
        """Put a letter into a folder as if it had come then."""
        raw = mail if isinstance(mail, bytes) else bytes(mail)
        date = NOW - timedelta(minutes=minutes_ago)
        async with self.mailbox.session() as session:
            await session.append(folder, re.sub(rb"\r?\n", b"\r\n", raw), flags=["\\Seen"] * seen, date=date)

    async def search(self, *folders: str, limit: int = 100, minutes: int = 60, **criteria: Any) -> EmailsFound:
        """Search for letters of the last hour, or so many minutes."""
        since = NOW - timedelta(minutes=minutes)
        request = FindRequest(
            account="", folders=folders or ("INBOX",), criteria=Criteria(since=since, **criteria), limit=limit
        )
        return await search(self.mailbox, "soc", request)

    async def only(self, *folders: str, **criteria: Any) -> Email:
        """The one letter there is."""
        (email,) = (await self.search(*folders, **criteria)).emails
        return email

    def fetched(self) -> list[str]:
        """What the server was asked to send, first to last."""
        return [command for command in self.lab.imap_commands(self.user.name) if " FETCH " in command]


@pytest.fixture
async def desk(lab: Lab, lab_user: User) -> AsyncIterator[Desk]:
    """A mailbox of this test's own."""
    server = lab.account(lab_user.name).imap
    assert server
    mailbox = Mailbox(server, "soc")
    yield Desk(lab, lab_user, mailbox)
    await mailbox.close()


def subjects(found: EmailsFound) -> list[str]:
    return [email.subject for email in found.emails]


async def test_what_a_letter_says_is_told(desk: Desk) -> None:
    """Every field of an email in a result, and nothing that is not there."""
    mail = letter("Grüße", "Schöne Grüße\n", "<1@lab.test>", Cc="c@lab.test, D <d@lab.test>", Reply_To="r@lab.test")
    mail["In-Reply-To"], mail["References"] = "<0@lab.test>", "<00@lab.test> <0@lab.test>"
    await desk.file(mail, minutes_ago=5)
    email = await desk.only()
    assert email.model_dump(by_alias=True, exclude={"uid_validity", "size"}) == {
        "folder": "INBOX",
        "folders": ("INBOX",),
        "uid": 1,
        "message_id": "<1@lab.test>",
        "date": NOW - timedelta(minutes=5),
        "from": "bob@lab.test",
        "to": ("alice@lab.test",),
        "cc": ("c@lab.test", "d@lab.test"),
        "reply_to": ("r@lab.test",),
        "subject": "Grüße",
        "in_reply_to": "<0@lab.test>",
        "references": ("<00@lab.test>", "<0@lab.test>"),
        "unread": True,
        "text": "Schöne Grüße\n",
        "html": None,
        "text_truncated": False,
        "attachments": (),
        "defect": None,
    }
    assert (email.uid_validity > 0, email.size > 300) == (True, True)


async def test_newest_first_over_all_folders_before_the_limit(desk: Desk) -> None:
    """By when the server took them in, whatever their order in a folder."""
    for folder, ages in {"INBOX": (3, 9, 1), "Archive": (4, 2, 8)}.items():
        for age in ages:
            await desk.file(letter(str(age)), folder, minutes_ago=age)
    found = await desk.search("INBOX", "Archive", limit=4)
    assert (subjects(found), found.truncated) == (["1", "2", "3", "4"], True)
    assert [(one.name, one.matched) for one in found.folders] == [("INBOX", 3), ("Archive", 3)]
    assert not (await desk.search("INBOX", "Archive", limit=6)).truncated


@pytest.mark.parametrize("minutes", [1, 60, 60 * 24, 60 * 24 * 30])
async def test_the_time_frame_is_true_to_the_minute(desk: Desk, minutes: int) -> None:
    """Though the server's own search knows days only."""
    for age in (minutes - 0.5, minutes, minutes + 0.5):
        await desk.file(letter(str(age)), minutes_ago=age)
    found = await desk.search(minutes=minutes)
    assert subjects(found) == [str(minutes - 0.5), str(minutes)]
    assert found.folders[0].matched == 2


async def test_a_date_that_somebody_made_up_changes_nothing(desk: Desk) -> None:
    """A Date header can be forged."""
    await desk.file(letter("old", Date="Mon, 01 Jan 2001 00:00:00 +0000"), minutes_ago=2)
    await desk.file(letter("new", Date="Mon, 01 Jan 2095 00:00:00 +0000"), minutes_ago=90)
    assert subjects(await desk.search()) == ["old"]


@pytest.mark.parametrize(
    "criteria",
    [
        {"subject": "grüße aus 東京"},
        {"sender": "müller"},
        {"recipient": "josé"},
        {"recipient": "cc-only"},
        {"only_unread": True},
        {"subject": "東京", "sender": "Jürgen", "recipient": "alice", "only_unread": True},
    ],
)
async def test_filters_are_the_servers_and_know_all_alphabets(desk: Desk, criteria: dict[str, Any]) -> None:
    """Parts of words in any case; all that are given must hold."""
    people = {"From": '"Jürgen Müller" <j@lab.test>', "To": "alice@lab.test", "Cc": "José <cc-only@lab.test>"}
    await desk.file(letter("Grüße aus 東京", **people))
    await desk.file(letter("another"), seen=True)
    assert (await desk.only(**criteria)).subject == "Grüße aus 東京"


@pytest.mark.parametrize("hostile", ['" OR ALL "', "x) ALL (", "\\", '"', "{5}", "* NOT", "%", 'ü" ALL'])
async def test_no_filter_is_a_command(desk: Desk, hostile: str) -> None:
    """Quotes, parentheses and literals in a filter are looked for."""
    await desk.file(letter("nothing of the kind"))
    await desk.file(letter(f"it says {hostile} here"))
    assert subjects(await desk.search(subject=hostile)) == [f"it says {hostile} here"]


async def test_searching_changes_nothing(desk: Desk) -> None:
    """What was unread stays unread."""
    await desk.file(letter("unread"))
    await desk.file(letter("read"), seen=True)
    for _ in range(2):
        assert {one.subject: one.unread for one in (await desk.search()).emails} == {"unread": True, "read": False}


async def test_a_message_in_two_folders_is_told_once(desk: Desk) -> None:
    """With both folders, the copy that came last first."""
    mail = letter("twice", message_id="<2@lab.test>")
    desk.lab.deliver(desk.user.name, bytes(mail))  # with the traces of a delivery on top
    await desk.file(mail, "Archive", minutes_ago=30)
    email = await desk.only("Archive", "INBOX")
    assert (email.folder, email.folders) == ("INBOX", ("INBOX", "Archive"))


async def test_messages_that_only_share_an_id_are_two(desk: Desk) -> None:
    """Nobody hides another's message behind an id; without ids nothing is the same."""
    for folder in ("INBOX", "Archive"):
        await desk.file(letter(f"in {folder}", message_id="<3@lab.test>"), folder)
        await desk.file(letter("no id"), folder)
    assert sorted(subjects(await desk.search("INBOX", "Archive"))) == ["in Archive", "in INBOX", "no id", "no id"]


async def test_two_copies_in_one_folder_are_two(desk: Desk) -> None:
    """Each has its own UID, and can be moved or deleted."""
    mail = letter("copy", message_id="<4@lab.test>")
    for folder in ("INBOX", "INBOX", "Archive"):
        await desk.file(mail, folder)
    found = await desk.search("INBOX", "Archive")
    assert [(one.uid, one.folders) for one in found.emails] == [(2, ("INBOX", "Archive")), (1, ("INBOX",))]


async def test_each_folder_has_its_outcome(desk: Desk) -> None:
    """One that is missing does not hide what the others hold."""
    await desk.file(letter())
    found = await desk.search("Nowhere", "INBOX", "Archive")
    assert [(one.name, one.status, one.matched) for one in found.folders] == [
        ("Nowhere", "not_found", 0),
        ("INBOX", "searched", 1),
        ("Archive", "searched", 0),
    ]
    with pytest.raises(FolderNotFound, match="Nowhere"):
        await desk.search("Nowhere", "Elsewhere")


async def test_attachments_are_listed_and_not_loaded(desk: Desk) -> None:
    """Of a letter with a large file, only header, outline and text travel."""
    mail = letter("files", "See the file.\n")
    mail.add_attachment(b"\0" * 3_000_000, maintype="application", subtype="pdf", filename="Größe.pdf")
    await desk.file(mail)
    email = await desk.only()
    assert email.text == "See the file.\n"
    (file,) = email.attachments
    assert (file.filename, file.content_type, file.inline) == ("Größe.pdf", "application/pdf", False)
    assert 4_000_000 < file.size < email.size
    assert [re.findall(r"BODY\.PEEK\[([^\] ]*)", line) for line in desk.fetched()] == [[], ["HEADER.FIELDS"], ["1"]]


async def test_html_has_its_text(desk: Desk) -> None:
    """Beside a text it stands as it is; alone, its text is told too."""
    alone, beside = letter("alone"), letter("beside", "plain\n")
    alone.set_content("<p>Click <b>here</b></p>", subtype="html")
    beside.add_alternative("<p>rich</p>", subtype="html")
    for mail in (alone, beside):
        await desk.file(mail)
    found = {email.subject: (email.text, (email.html or "").strip()) for email in (await desk.search()).emails}
    assert found == {"alone": ("Click here", "<p>Click <b>here</b></p>"), "beside": ("plain\n", "<p>rich</p>")}


async def test_a_text_without_end_is_cut_and_flagged(desk: Desk) -> None:
    """What is loaded of it is bounded, too."""
    await desk.file(letter("long", "word " * 1_000_000))
    email = await desk.only()
    assert email.text_truncated
    assert 60_000 < len(email.text) <= 65_536
    assert desk.fetched()[-1].endswith("(UID BODY.PEEK[1]<0.524288>)")


@pytest.mark.parametrize("name", [path.stem for path in sorted(REPORTS.glob("*.eml"))])
async def test_delivery_reports_are_messages_like_others(desk: Desk, name: str) -> None:
    """Their parts are read and listed."""
    await desk.file((REPORTS / f"{name}.eml").read_bytes())
    email = await desk.only()
    assert (email.subject != "", email.text.strip() != "", email.defect) == (True, True, None)


HOSTILE = {
    "octets": bytes(range(256)) * 20,
    "no header": b"\r\nonly a body",
    "no body": b"Subject: alone\r\n",
    "header injection": b"From: =?utf-8?q?x=0d=0aBcc:_y?= <a@b.c>\r\nMessage-ID: <[x]@y>\r\n\r\nHi",
    "group": b'From: Undisclosed recipients:;a\r\nTo: =?utf-8?q?\xff?=,,;:<>"\r\nSubject: x\r\n\r\nHi',
    "parentheses": b"From: " + b"(" * 5_000 + b"\r\nSubject: " + b'"(' * 500 + b"\r\n\r\nHi",
    "type": b"Content-Type: " + b";" * 5_000 + b"\r\nSubject: x\r\n\r\nHi",
    "charset": b'Content-Type: text/plain; charset="\0no-such"\r\n\r\n\xff\xfe\x00Hi',
    "base64": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n====SGk\x00*=",
    "no end": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi",
    "no parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\nHi",
    "no boundary": b"Content-Type: multipart/alternative\r\n\r\nHi",
    "nested": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2_000)),
    "messages": b"Content-Type: message/rfc822\r\n\r\n" * 1_000 + b"Hi",
    "wide": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5_000 + b"--b--\r\n",
    "recipients": b"To: " + b"a@lab.test,\r\n " * 20_000 + b"b@lab.test\r\n\r\nHi",
    "references": b"References: " + b"<%b@lab.test>\r\n " % (b"x" * 300) * 2_000 + b"<y@lab.test>\r\n\r\nHi",
    "names": b"Content-Type: a/b; name=a.pdf\r\nContent-Disposition: attachment; filename=b.exe\r\n\r\nx",
    "html": b"Content-Type: text/html\r\n\r\n" + b"<div " * 50_000,
    "date": b"Date: Mon, 01 Jan 99999999999 00:00:00 +9999\r\nSubject: x\r\n\r\nHi",
    "lines": b"Subject: a\r\n\r\n" + b"x" * 2_000_000,
    "old mac": b"Subject: a\r\n\r\none\rtwo\x1b[2J\x00three",
}

WITHOUT_TEXT = {"octets", "no body", "nested", "messages", "names"}


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_message_fails_a_search(desk: Desk, name: str) -> None:
    """It is told as far as it can be read, and so is its neighbour."""
    await desk.file(letter("neighbour"), minutes_ago=1)
    await desk.file(HOSTILE[name])
    odd, neighbour = (await desk.search()).emails
    assert neighbour.subject == "neighbour"
    assert odd.text or name in WITHOUT_TEXT


async def test_the_embedded_server_is_searched_the_same_way(embedded: EmbeddedMail) -> None:
    """The demo's server has no extensions and another way of saying things."""
    mail = letter("files", "See the file.\n", "<5@lab.test>")
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    for folder in ("INBOX", "Archive"):
        await embedded.deliver("alice", bytes(mail), folder)
    server = embedded.account("alice").imap
    assert server
    mailbox = Mailbox(server, "alice")
    criteria = Criteria(since=NOW - timedelta(minutes=5), subject="FILES", only_unread=True)
    found = await search(
        mailbox, "alice", FindRequest(account="", folders=("INBOX", "Archive"), criteria=criteria, limit=5)
    )
    (email,) = found.emails
    assert (set(email.folders), email.text.strip()) == ({"INBOX", "Archive"}, "See the file.")
    assert [file.filename for file in email.attachments] == ["a.pdf"]
    await mailbox.close()
