"""Moving on servers of every ability: what is meant moves, and nothing else changes."""

import pytest

from mail.change import RENUMBERED
from mail.errors import FolderNotFound
from mail.move import mark, move
from models.find import FoundMessage
from models.move import Moved, MoveRequest
from tests.mail.change.census import Shelf, contents, without

TARGETS = ("one", "three")


@pytest.fixture
async def filled(shelf: Shelf) -> Shelf:
    """INBOX and Archive, in both of them something that somebody else has flagged as deleted."""
    await shelf.put("INBOX", "one", "two")
    await shelf.put("INBOX", "doomed", "doomed too", flags=["\\Deleted"])
    await shelf.put("INBOX", "three", flags=["\\Seen", "\\Flagged"])
    await shelf.put("Archive", "old", flags=["\\Deleted"])
    await shelf.put("Junk", "one")
    return shelf


async def order(shelf: Shelf, targets: tuple[FoundMessage, ...], destination: str = "Archive") -> MoveRequest:
    """The request to move these, as a workflow makes it."""
    there = await mark(shelf.session, destination)
    return MoveRequest(account="soc", targets=targets, destination=there)


def kinds(moved: Moved) -> set[str]:
    """What became of the messages."""
    return {outcome.kind for outcome in moved.outcomes}


async def test_exactly_the_targets_move(filled: Shelf, server: str) -> None:
    """Those that others flagged as deleted survive on both sides; every other folder is what it was."""
    targets, before = await filled.find("INBOX", *TARGETS), await filled.census()
    moved = await move(filled.session, await order(filled, targets))
    after, uids = await filled.census(), [one.pointer.uid for one in targets]
    assert kinds(moved) == ({"copied"} if server == "neither" else {"moved"})
    assert without(after["INBOX"], uids) == without(before["INBOX"], uids)
    assert before["Archive"] < after["Archive"]
    assert contents(after["Archive"] - before["Archive"]) == contents(before["INBOX"] - without(before["INBOX"], uids))
    assert {name: after[name] for name in after if name not in {"INBOX", "Archive"}} == {
        name: before[name] for name in before if name not in {"INBOX", "Archive"}
    }


async def test_originals_go_or_are_hidden(filled: Shelf, server: str) -> None:
    """Where single messages cannot be removed, the originals stay, flagged as deleted."""
    targets = await filled.find("INBOX", *TARGETS)
    await move(filled.session, await order(filled, targets))
    uids = {one.pointer.uid for one in targets}
    left = [flags for uid, flags, _ in (await filled.census())["INBOX"] if uid in uids]
    assert len(left) == (2 if server == "neither" else 0)
    assert all("\\Deleted" in flags for flags in left)


async def test_asked_twice_it_moves_once(filled: Shelf) -> None:
    """A worker that died between the deed and its report is asked again, with the same targets."""
    request = await order(filled, await filled.find("INBOX", *TARGETS))
    first = await move(filled.session, request)
    census = await filled.census()
    assert await move(filled.session, request) == first
    assert await filled.census() == census


async def test_a_copy_of_an_earlier_attempt_is_not_repeated(filled: Shelf) -> None:
    """A worker that died between COPY and what follows leaves a copy behind."""
    targets = await filled.find("INBOX", *TARGETS)
    request, before = await order(filled, targets), await filled.census()
    await filled.session.select("INBOX")
    assert not await filled.session.copy([targets[0].pointer.uid], "Archive")
    if filled.session.offers("MOVE"):
        return  # nothing of ours copies there
    await move(filled.session, request)
    assert len((await filled.census())["Archive"]) == len(before["Archive"]) + 2


async def test_who_left_for_elsewhere_is_gone(filled: Shelf) -> None:
    """What somebody else took away was not moved by us."""
    targets = await filled.find("INBOX", "one")
    request = await order(filled, targets)
    await filled.session.select("INBOX")
    await filled.session.add_flags([targets[0].pointer.uid], ["\\Deleted"])
    await filled.session.move([targets[0].pointer.uid], "Drafts")
    assert kinds(await move(filled.session, request)) == {"gone"}


async def test_equal_mail_that_was_there_before_proves_nothing(filled: Shelf) -> None:
    """A copy that lay in the destination all along is not taken for the one that moves."""
    await filled.put("Archive", "one")
    before = await filled.census()
    await move(filled.session, await order(filled, await filled.find("INBOX", "one")))
    assert len((await filled.census())["Archive"]) == len(before["Archive"]) + 1


def renumbered(targets: tuple[FoundMessage, ...]) -> tuple[FoundMessage, ...]:
    """The targets as they were found before their folder was renumbered."""
    pointers = [
        one.pointer.model_copy(update={"uid_validity": one.pointer.uid_validity + 1, "uid": 5 - one.pointer.uid})
        for one in targets
    ]
    return tuple(one.model_copy(update={"pointer": pointer}) for one, pointer in zip(targets, pointers, strict=True))


async def test_renumbered_targets_are_found_by_their_ids(filled: Shelf) -> None:
    """Old UIDs point at other messages; those stay."""
    targets, before = await filled.find("INBOX", *TARGETS), await filled.census()
    moved = await move(filled.session, await order(filled, renumbered(targets)))
    assert kinds(moved) <= {"moved", "copied"}
    after, uids = await filled.census(), [one.pointer.uid for one in targets]
    assert without(after["INBOX"], uids) == without(before["INBOX"], uids)
    assert len(after["Archive"]) == len(before["Archive"]) + 2


async def test_renumbered_targets_without_a_name_stay(filled: Shelf) -> None:
    """Without a Message-ID, or with one that several share, nobody can tell which is meant."""
    await filled.put("INBOX", "nameless", message_id=False)
    await filled.put("INBOX", "two")  # there are two of them now
    targets = (*await filled.find("INBOX", "nameless"), *(await filled.find("INBOX", "two"))[:1])
    request, before = await order(filled, renumbered(targets)), await filled.census()
    moved = await move(filled.session, request)
    assert [outcome.reason for outcome in moved.outcomes] == [RENUMBERED, RENUMBERED]
    assert await filled.census() == before


async def test_messages_without_an_id_move_once(filled: Shelf) -> None:
    """Date, subject and sender tell what an earlier attempt did."""
    await filled.put("INBOX", "nameless", message_id=False)
    request = await order(filled, await filled.find("INBOX", "nameless"))
    first = await move(filled.session, request)
    census = await filled.census()
    assert await move(filled.session, request) == first
    assert await filled.census() == census


async def test_a_destination_that_vanished_moves_nothing(filled: Shelf) -> None:
    """It is not made again, and nothing is lost on the way."""
    request = await order(filled, await filled.find("INBOX", *TARGETS))
    elsewhere = request.destination.model_copy(update={"folder": "Nowhere"})
    before = await filled.census()
    with pytest.raises(FolderNotFound):
        await move(filled.session, request.model_copy(update={"destination": elsewhere}))
    assert await filled.census() == before


async def test_a_source_that_vanished_fails_message_by_message(filled: Shelf) -> None:
    """Other folders of the request still have their turn."""
    (target,) = await filled.find("INBOX", "one")
    lost = target.model_copy(update={"pointer": target.pointer.model_copy(update={"folder": "Nowhere"})})
    (outcome,) = (await move(filled.session, await order(filled, (lost,)))).outcomes
    assert outcome.kind == "failed"
    assert "Nowhere" in outcome.reason
