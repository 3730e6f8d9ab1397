"""Messages in a result: fair shares, nothing silently left out, never more than Temporal carries."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from mail.body import Attachment
from mail.email import RESULT_OCTETS, Reading, emails
from mail.headers import Headers
from mail.incoming import TEXT_OCTETS, IncomingMessage
from mail.search import LOADED_OCTETS
from mail.structure import BodyPart
from models.email import Email
from models.wait import MessagePointer

TEMPORAL_OCTETS = 2 * 1024 * 1024
TEXT = BodyPart(section="1", content_type="text/plain", size=10)
# What JSON makes longest, from what mail can hold: two octets of each, or four.
HOSTILE = ('"\\', "\n\t", "🦊", "\x1b\0\x85")


def reading(header: str = "From: a@b.example", **fields: Any) -> Reading:
    """A message with these header lines, and its folder."""
    pointer = MessagePointer(folder="INBOX", uid_validity=1, uid=1)
    usual: dict[str, Any] = {"arrived": datetime(2026, 11, 22, tzinfo=UTC), "size": 100, "structure": TEXT}
    message = IncomingMessage(pointer=pointer, headers=Headers.read(header.encode()), **(usual | fields))
    return Reading(message, ("INBOX",))


def octets(listed: Sequence[Email]) -> int:
    return sum(len(email.model_dump_json(by_alias=True).encode()) + 1 for email in listed)


def hostile_readings(characters: str, count: int) -> list[Reading]:
    """Messages with everything in them as long as a search may load it."""
    loaded = min(TEXT_OCTETS, LOADED_OCTETS // count // 2)
    return [hostile_reading(characters, loaded)] * count


def hostile_reading(characters: str, octets: int) -> Reading:
    """Lists and names as long as they can be, and that much text."""
    name = characters * 100
    header = [f"{field}: " + ",".join(f"{n}{'x' * 300}@b.example" for n in range(40)) for field in ("To", "Cc")]
    header += [f"Subject: {characters * 1000}", "References: " + f"<{'y' * 900}>" * 17, f"Message-ID: <{'z' * 990}>"]
    part = BodyPart(section="2", content_type="application/pdf", size=1)
    files = tuple(Attachment(part, name, inline=False, conflicting_names=True) for _ in range(100))
    long = characters * (octets // len(characters.encode()))
    return reading("\r\n".join(header), text=long, html=long, attachments=files)


@pytest.mark.parametrize("characters", HOSTILE)
@pytest.mark.parametrize("count", [1, 100])
def test_a_hundred_large_mails_fit_and_each_has_its_share(characters: str, count: int) -> None:
    """Whatever JSON makes of their characters."""
    listed = emails(hostile_readings(characters, count))
    assert len(listed) == count
    assert octets(listed) <= RESULT_OCTETS < TEMPORAL_OCTETS
    assert all(email.defect and "not listed" in email.defect for email in listed if count > 1)
    if plain_text := listed[0].text:
        assert all(email.text_truncated and len(email.text) == len(plain_text) for email in listed)


@pytest.mark.parametrize("characters", HOSTILE)
def test_many_hostile_mails_fit(characters: str) -> None:
    """The oldest are left out when not even their heads fit, and their absence shows."""
    listed = emails(hostile_readings(characters, 500))
    assert octets(listed) <= RESULT_OCTETS
    assert len(listed) > 100


def test_a_large_mail_takes_nothing_from_small_ones() -> None:
    """Neither its text nor its lists."""
    small = reading("From: a@b.example\r\nTo: c@d.example", text="Hello", html="<p>Hello</p>")
    listed = emails([hostile_reading('"', TEXT_OCTETS), *[small] * 500])
    assert len(listed) == 501
    assert {(email.text, email.html, email.to, email.defect) for email in listed[1:]} == {
        ("Hello", "<p>Hello</p>", ("c@d.example",), None)
    }


def test_texts_come_before_html() -> None:
    """What is left over is for HTML, the same for each."""
    listed = emails([reading(text="t" * 15_000, html="h" * 60_000)] * 100)
    assert {len(email.text) for email in listed} == {15_000}
    assert len({len(email.html or "") for email in listed}) == 1
    assert all(email.text_truncated for email in listed)


def test_a_text_that_fits_is_whole() -> None:
    """And not flagged."""
    (email,) = emails([reading(text="all\r\nof it", html="<p>all of it</p>")])
    assert (email.text, email.html, email.text_truncated) == ("all\nof it", "<p>all of it</p>", False)


@pytest.mark.parametrize(
    ("odd", "defect"),
    [
        (reading("From: nobody in particular"), "Its From holds no address: 'nobody in particular'."),
        (reading("", size=0, structure=None), "The server cannot read this message; its From holds no address: ''."),
        (reading(structure=None), "Its parts cannot be told apart: attachments are not listed."),
        (
            reading(structure=BodyPart(section="", content_type="multipart/mixed", children=(BodyPart("1", "a/b"),))),
            "Its parts cannot be told apart: attachments are not listed.",
        ),
        (
            reading(attachments=(Attachment(TEXT, "a.pdf", inline=False, conflicting_names=True),)),
            "Attachments claim several names each: 1.",
        ),
        (reading(), None),
    ],
)
def test_what_is_wrong_is_told(odd: Reading, defect: str | None) -> None:
    """In one sentence, or not at all."""
    assert emails([odd])[0].defect == defect
