"""Attachments from real mailboxes into folders and storage."""

import hashlib
import json
import quopri
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dev.lab import Lab
from dev.mail_server import EmbeddedMail
from mail.case_wall import CaseWall
from mail.download import download_message
from mail.download_folder import DownloadFolder
from mail.mailbox import Mailbox
from mail.save import save_message, save_reply
from mail.storage import Storage
from models.download import DownloadedMessage
from models.find import Criteria, FindRequest
from models.save import SavedMessage
from models.wait import MessagePointer
from tests.mail.files import ID, Part, attached, letter, nested

LIMIT = 50_000_000
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
TNEF = b"\x78\x9f\x3e\x22" + bytes(100)


@dataclass
class Place:
    """A mailbox, a folder to download to and a storage."""

    mailbox: Mailbox
    deliver: Callable[[bytes], Awaitable[None]]
    root: Path

    async def receive(self, raw: bytes) -> MessagePointer:
        """Let a letter arrive; where it lies."""
        await self.deliver(raw)
        request = FindRequest(account="", folders=("INBOX",), criteria=Criteria(message_ids=(ID,)), limit=1)
        return (await self.mailbox.find(request)).found[0].pointer

    async def download(self, pointer: MessagePointer, limit: int = LIMIT) -> DownloadedMessage:
        """Download a letter's files into the folder."""
        async with self.mailbox.session() as session:
            with DownloadFolder.open(str(self.root / "files"), [self.root]) as folder:
                return await download_message(session, pointer, folder, limit)

    async def save(self, pointer: MessagePointer, *names: str) -> SavedMessage:
        """Save a letter's files to case 7."""
        async with self.mailbox.session() as session:
            return await save_message(session, pointer, self.wall, LIMIT, names=names)

    @property
    def wall(self) -> CaseWall:
        """The storage of case 7."""
        return CaseWall(Storage((self.root / "cases").as_uri()), "7")

    @property
    def beside(self) -> list[str]:
        """What lies beside the folder."""
        return [path.name for path in self.root.iterdir()]

    @property
    def manifest(self) -> list[dict[str, str]]:
        """What is listed of case 7."""
        lines = (self.root / "cases" / "7" / "manifest.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    @property
    def files(self) -> dict[str, bytes]:
        """What lies in the folder."""
        return {path.name: path.read_bytes() for path in (self.root / "files").iterdir()}


def content(uri: str) -> bytes:
    """What lies at a file URI."""
    return Path(unquote(urlsplit(uri).path)).read_bytes()


@pytest.fixture(params=["embedded", pytest.param("dovecot", marks=pytest.mark.live)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A place at either server."""
    at = _embedded if request.param == "embedded" else _dovecot
    async with at(request, tmp_path) as place:
        yield place
        await place.mailbox.close()


@pytest.fixture
async def dovecot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A place at Dovecot; the embedded server counts the line end before a boundary to the part, and merges names."""
    async with _dovecot(request, tmp_path) as place:
        yield place
        await place.mailbox.close()


@asynccontextmanager
async def _embedded(_request: pytest.FixtureRequest, root: Path) -> AsyncGenerator[Place, None]:
    async with EmbeddedMail({"soc": "secret"}) as server:
        imap = server.account("soc").imap
        assert imap
        yield Place(Mailbox(imap, "soc"), lambda raw: server.deliver("soc", raw), root)


@asynccontextmanager
async def _dovecot(request: pytest.FixtureRequest, root: Path) -> AsyncGenerator[Place, None]:
    lab: Lab = request.getfixturevalue("lab")
    user = lab.add_user()
    imap = lab.account(user.name).imap
    assert imap

    async def deliver(raw: bytes) -> None:
        lab.deliver(user.name, raw)

    yield Place(Mailbox(imap, user.name), deliver, root)


@pytest.mark.live
async def test_files_of_every_encoding_come_out_as_they_are(dovecot: Place) -> None:
    """Larger than one piece, in base64 and quoted-printable, and plain; hashed as decoded."""
    large = bytes(range(256)) * 5000
    text = "Grüße =41 und mehr\n".encode() * 40_000
    quoted = Part(
        "Content-Type: text/csv\nContent-Transfer-Encoding: quoted-printable\n"
        'Content-Disposition: attachment; filename="t.csv"',
        quopri.encodestring(text).replace(b"\n", b"\r\n"),
    )
    plain = Part('Content-Type: text/plain; name="p.txt"\nContent-Disposition: attachment', b"plain\r\n.\r\nend")
    pointer = await dovecot.receive(letter(attached(large, "l.bin"), quoted, plain))
    outcome = await dovecot.download(pointer)
    expected = {"l.bin": large, "t.csv": text.replace(b"\n", b"\r\n"), "p.txt": b"plain\r\n.\r\nend"}
    assert dovecot.files == expected
    told = {one.filename: (one.size, one.sha256, one.md5) for one in outcome.downloaded}
    assert told == {
        name: (len(content), hashlib.sha256(content).hexdigest(), hashlib.md5(content).hexdigest())  # noqa: S324
        for name, content in expected.items()
    }
    assert outcome.failed == ()


@pytest.mark.live
async def test_hostile_names_stay_in_the_folder(dovecot: Place) -> None:
    """The original is kept as data; what several readers would read differently is told."""
    long = "x" * 300 + ".exe"
    parts = (
        attached(b"1", "../../../etc/passwd"),
        attached(b"2", "/etc/cron.d/evil"),
        attached(b"3", "invoice\u202efdp.exe"),
        attached(b"4", disposition="attachment; filename*=utf-8''%2e%2e%2F%00nul.txt"),
        attached(b"5", "=?utf-8?q?=2E=2E=2Fr=C3=A9sum=C3=A9.doc?="),
        attached(b"6", disposition="attachment; filename*0*=utf-8''caf%C3%A9; filename*1=.pdf"),
        attached(b"7", long),
        attached(b"8", disposition="attachment; filename=\"a.pdf\"; filename*=utf-8''a.exe"),
        attached(b"9", "passwd"),
        attached(b"10", "CON.txt"),
        attached(b"11", content_type="image/png"),
    )
    outcome = await dovecot.download(await dovecot.receive(letter(*parts)))
    names = [one.filename for one in outcome.downloaded]
    assert names == [
        "passwd",
        "evil",
        "invoicefdp.exe",
        "_nul.txt",
        "résumé.doc",
        "café.pdf",
        "x" * 236 + ".exe",
        "a.exe",
        "passwd-2",
        "_CON.txt",
        "attachment-11.png",
    ]
    originals = [one.original_filename for one in outcome.downloaded]
    assert (originals[0], originals[6]) == ("../../../etc/passwd", long)
    assert outcome.downloaded[7].conflicting_filenames == ("a.pdf",)
    assert sorted(dovecot.files) == sorted(names)
    assert dovecot.beside == ["files"]


@pytest.mark.live
async def test_things_are_called_what_they_are(dovecot: Place) -> None:
    """A winmail.dat, a nested mail, a program that says it is a picture, a nameless picture in the text."""
    inner = letter(attached(b"deep", "deep.txt"), message_id="<inner@lab.test>", boundary="CC")
    parts = (
        attached(TNEF, "winmail.dat", "application/ms-tnef"),
        nested(inner),
        attached(b"MZ" + bytes(100), "cat.png", "image/png"),
        attached(PNG, content_type="image/png", disposition="inline"),
        Part("Content-Type: text/plain\nContent-Disposition: inline", b"A footer of the mailing list."),
    )
    outcome = await dovecot.download(await dovecot.receive(letter(*parts)))
    assert [(one.content_type, one.detected_type) for one in outcome.downloaded] == [
        ("application/ms-tnef", "application/ms-tnef"),
        ("message/rfc822", "message/rfc822"),
        ("image/png", "application/vnd.microsoft.portable-executable"),
        ("image/png", "image/png"),
    ]
    assert [Path(one.path).suffix for one in outcome.downloaded] == [".dat", ".eml", ".png", ".png"]
    assert dovecot.files[outcome.downloaded[1].filename] == inner


async def test_a_second_run_changes_nothing(place: Place) -> None:
    """Same paths, same files, nothing beside them; also after half of it had been lost."""
    parts = (attached(b"one", "a.txt"), attached(b"two", "a.txt"), attached(b"one", "a.txt"), attached(b"x", "b.txt"))
    pointer = await place.receive(letter(*parts))
    first = await place.download(pointer)
    files = place.files
    assert sorted(files) == ["a-2.txt", "a.txt", "b.txt"]
    (place.root / "files" / "b.txt").unlink()
    (place.root / "files" / ".incoming-killed.part").write_bytes(b"hal")
    assert await place.download(pointer) == first
    assert place.files == files


async def test_too_large_files_are_told_and_the_others_come(place: Place) -> None:
    """The limit is for decoded octets, to the octet; nothing is left of what was begun."""
    pointer = await place.receive(letter(attached(b"x" * 1001, "l.bin"), attached(b"y" * 1000, "s.bin")))
    outcome = await place.download(pointer, limit=1000)
    assert [(one.filename, one.reason) for one in outcome.failed] == [("l.bin", "too_large")]
    assert place.files == {"s.bin": b"y" * 1000}


async def test_a_message_that_has_gone_is_told(place: Place) -> None:
    """Found and then deleted, or in a folder that was made anew."""
    pointer = await place.receive(letter(attached(b"x", "x.bin")))
    for change in ({"uid": pointer.uid + 1}, {"uid_validity": pointer.uid_validity + 1}, {"folder": "Nowhere"}):
        outcome = await place.download(pointer.model_copy(update=change))
        assert [(one.reason, one.message_id, one.filename) for one in outcome.failed] == [("message_gone", ID, None)]


async def test_only_the_wanted_are_saved(place: Place) -> None:
    """By any of their names, in any case; names that match nothing are not said to."""
    parts = (attached(b"1", "../a b.PDF"), attached(b"2", "c.txt"), attached(b"3", "d.txt"))
    pointer = await place.receive(letter(*parts))
    outcome = await place.save(pointer, "A b.pdf", "C.TXT", "nothing.txt")
    assert [one.filename for one in outcome.saved] == ["a b.PDF", "c.txt"]
    assert outcome.matched == ("A b.pdf", "C.TXT")


async def test_saved_files_are_listed_once(place: Place) -> None:
    """The uri leads to the file, and a second run says and does the same."""
    pointer = await place.receive(letter(attached(b"one", "a.txt"), attached(b"two", "a.txt")))
    first = await place.save(pointer)
    assert await place.save(pointer) == first
    assert [content(one.uri) for one in first.saved] == [b"one", b"two"]
    assert [one["sha256"] for one in place.manifest] == [one.sha256 for one in first.saved]


async def test_a_reply_lists_all_and_saves_the_files(place: Place) -> None:
    """What is a text stays listed without a uri."""
    footer = Part("Content-Type: text/plain\nContent-Disposition: inline", b"A footer.")
    pointer = await place.receive(letter(attached(PNG, "a.png", "image/png"), footer))
    async with place.mailbox.session() as session:
        listed = await save_reply(session, pointer, place.wall, LIMIT)
    assert [(one.filename, one.detected_type, one.not_saved) for one in listed] == [
        ("a.png", "image/png", None),
        ("", None, None),
    ]
    assert listed[0].uri
    assert "uri" not in listed[1].model_dump()
