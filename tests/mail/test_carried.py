"""What one result carries, and ids that others hide."""

from datetime import UTC, datetime, timedelta

from mail.find import CARRIED_OCTETS, carried
from models.find import FoundMessage
from models.wait import MessagePointer

DATE = datetime(2026, 3, 5, tzinfo=UTC)


def found(uid: int, subject: str) -> FoundMessage:
    """A message that came that many minutes after the first."""
    pointer = MessagePointer(folder="INBOX", uid_validity=1, uid=uid, message_id="<x@lab.test>")
    return FoundMessage(pointer=pointer, subject=subject, sender="", date=DATE + timedelta(minutes=uid))


def test_the_newest_come_first_and_no_more_than_asked() -> None:
    """Whatever order they were found in."""
    assert [one.pointer.uid for one in carried([found(uid, "") for uid in (2, 3, 1)], 2)] == [3, 2]


def test_long_subjects_fill_a_result_sooner() -> None:
    """Anybody can write 300 characters of four octets; Temporal carries 2 MB."""
    kept = carried([found(uid, "🚀" * 300) for uid in range(2_000)], 2_000)
    assert 0 < len(kept) < 2_000
    assert kept[0].pointer.uid == 1_999
    assert sum(len(one.model_dump_json().encode()) for one in kept) <= CARRIED_OCTETS
