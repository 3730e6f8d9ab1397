"""Deleting on servers of every ability: what is meant goes, and nothing else changes."""

import pytest

from mail.delete import delete, disposal
from models.delete import NO_WAY, Deleted, DeleteRequest, Disposal
from models.find import FoundMessage
from tests.mail.change.census import Shelf, contents, without

TARGETS = ("one", "three")
# By what the server can do: what becomes of the messages.
KINDS = {"both": "expunged", "UIDPLUS": "expunged", "MOVE": "moved", "neither": "copied", "embedded": "expunged"}


@pytest.fixture
async def filled(shelf: Shelf) -> Shelf:
    """INBOX and Trash, in both of them something that somebody else has flagged as deleted."""
    await shelf.put("INBOX", "one", "two", flags=["\\Seen"])
    await shelf.put("INBOX", "doomed", "doomed too", flags=["\\Deleted"])
    await shelf.put("INBOX", "three")
    await shelf.put("Trash", "one", flags=["\\Deleted"])
    await shelf.put("Archive", "one")
    return shelf


async def order(shelf: Shelf, targets: tuple[FoundMessage, ...]) -> DeleteRequest:
    """The request to delete these, as a workflow makes it."""
    return DeleteRequest(account="soc", targets=targets, disposal=await disposal(shelf.session))


def kinds(deleted: Deleted) -> set[str]:
    """What became of the messages."""
    return {outcome.kind for outcome in deleted.outcomes}


async def test_exactly_the_targets_go(filled: Shelf, server: str) -> None:
    """Those that others flagged as deleted survive; every other folder is what it was."""
    targets, before = await filled.find("INBOX", *TARGETS), await filled.census()
    deleted = await delete(filled.session, await order(filled, targets))
    after, uids = await filled.census(), [one.pointer.uid for one in targets]
    assert kinds(deleted) == {KINDS[server]}
    assert without(after["INBOX"], uids) == without(before["INBOX"], uids)
    left = {uid: flags for uid, flags, _ in after["INBOX"] if uid in uids}
    assert all("\\Deleted" in flags for flags in left.values())
    assert bool(left) is (server == "neither")
    assert {name: after[name] for name in after if name not in {"INBOX", "Trash"}} == {
        name: before[name] for name in before if name not in {"INBOX", "Trash"}
    }


async def test_what_cannot_be_removed_lies_in_the_trash(filled: Shelf, server: str) -> None:
    """As it was, flags included; a server that can remove single messages keeps nothing."""
    targets, before = await filled.find("INBOX", *TARGETS), await filled.census()
    uids = [one.pointer.uid for one in targets]
    await delete(filled.session, await order(filled, targets))
    after = await filled.census()
    assert before["Trash"] <= after["Trash"]
    kept = contents(before["INBOX"] - without(before["INBOX"], uids))
    assert contents(after["Trash"] - before["Trash"]) == (set() if KINDS[server] == "expunged" else kept)


async def test_asked_twice_it_reports_the_same(filled: Shelf) -> None:
    """A worker that died between the deed and its report is asked again, with the same targets."""
    request = await order(filled, await filled.find("INBOX", *TARGETS))
    first = await delete(filled.session, request)
    census = await filled.census()
    again = await delete(filled.session, request)
    assert kinds(again) == ({"gone"} if request.disposal.expunges else kinds(first))
    assert await filled.census() == census


async def test_in_the_trash_itself(filled: Shelf, server: str) -> None:
    """Removed where that is possible, else flagged where it lies; not copied onto itself."""
    await filled.put("Trash", "two")
    targets, before = await filled.find("Trash", "two"), await filled.census()
    (outcome,) = (await delete(filled.session, await order(filled, targets))).outcomes
    after, uids = await filled.census(), [one.pointer.uid for one in targets]
    assert outcome.kind == ("expunged" if KINDS[server] == "expunged" else "flagged")
    assert without(after["Trash"], uids) == without(before["Trash"], uids)
    assert len(after["Trash"]) == len(before["Trash"]) - (outcome.kind == "expunged")


async def test_no_way_to_delete_is_said(filled: Shelf) -> None:
    """Nothing is flagged that could not be removed."""
    targets, before = await filled.find("INBOX", *TARGETS), await filled.census()
    request = DeleteRequest(account="soc", targets=targets, disposal=Disposal(expunges=False))
    outcomes = (await delete(filled.session, request)).outcomes
    assert [outcome.reason for outcome in outcomes] == [NO_WAY, NO_WAY]
    assert await filled.census() == before


async def test_renumbered_targets_are_found_by_their_ids(filled: Shelf) -> None:
    """Old UIDs point at other messages; those stay."""
    (target,) = await filled.find("INBOX", "three")
    changes = {"uid": 1, "uid_validity": target.pointer.uid_validity + 1}
    old = target.model_copy(update={"pointer": target.pointer.model_copy(update=changes)})
    before = await filled.census()
    assert kinds(await delete(filled.session, await order(filled, (old,)))) <= {"expunged", "moved", "copied"}
    after, uids = await filled.census(), [target.pointer.uid]
    assert without(after["INBOX"], uids) == without(before["INBOX"], uids)
