"""What goes over the wire when messages are moved and deleted."""

import re
from collections.abc import Sequence

import pytest

from dev.lab import Lab
from mail.account import Account
from mail.change import attempt
from mail.delete import delete, disposal
from mail.imap.uidset import sequence_sets
from mail.move import mark, move
from models.change import BATCH
from models.delete import DeleteRequest
from models.move import MoveRequest
from tests.live.desk import eventually
from tests.mail.change.census import Shelf


@pytest.mark.live
@pytest.mark.parametrize("server", ["both"], indirect=True)
async def test_nothing_is_expunged_by_the_folder(shelf: Shelf, account: Account, lab: Lab) -> None:
    """Neither EXPUNGE nor CLOSE, which remove what anybody has flagged; not at the end of a session either."""
    await shelf.put("INBOX", "one", "two")
    there = await mark(shelf.session, "Archive")
    await move(shelf.session, MoveRequest(account="", targets=await shelf.find("INBOX", "one"), destination=there))
    targets, how = await shelf.find("INBOX", "two"), await disposal(shelf.session)
    await delete(shelf.session, DeleteRequest(account="", targets=targets, disposal=how))
    await shelf.session.close()
    assert account.imap
    name = account.imap.username
    # Dovecot writes its log of a session when it is done with it.
    await eventually(lambda: any(command.endswith(" LOGOUT") for command in lab.imap_commands(name)))
    commands = lab.imap_commands(name)
    assert any("UID MOVE 1 " in command for command in commands)
    assert any("UID EXPUNGE 2" in command for command in commands)
    assert not [one for one in commands if re.fullmatch(r"\S+ (EXPUNGE|CLOSE)\b.*", one, re.IGNORECASE)]


async def test_refused_together_they_are_tried_alone() -> None:
    """One bad message does not keep the others; each refusal is told with its message."""
    asked: list[list[int]] = []

    async def command(uids: Sequence[int]) -> str:
        asked.append(list(uids))
        return "no" if 2 in uids else ""

    assert await attempt(command, [1, 2, 3]) == {2: "no"}
    assert asked == [[1, 2, 3], [1], [2], [3]]


def test_a_batch_is_one_command() -> None:
    """A refused COPY copies nothing, which holds for one command only."""
    assert len(list(sequence_sets(range(2**32 - 1, 2**32 - 1 - 2 * BATCH, -2)))) == 1
