"""Message-IDs in a large folder: the newest are asked first, and all of them only when they must be."""

import re
from datetime import UTC, datetime

import pytest

from dev.lab import Lab, User
from dev.lab.fill import Filed, fill
from mail.mailbox import Mailbox
from models.find import Criteria, FindRequest, FindResult

pytestmark = pytest.mark.live

MESSAGES = 3000


@pytest.fixture(scope="module")
def owner(lab: Lab) -> User:
    """Somebody with three thousand messages, `<1@lab.test>` to `<3000@lab.test>`."""
    user = lab.add_user()
    letters = (b"Message-ID: <%d@lab.test>\r\n\r\nHi\r\n" % number for number in range(1, MESSAGES + 1))
    fill(lab, user.name, (Filed(raw, datetime.now(UTC)) for raw in letters))
    return user


async def find(lab: Lab, owner: User, *message_ids: str) -> FindResult:
    """What is found."""
    server = lab.account(owner.name).imap
    assert server
    mailbox = Mailbox(server, "soc")
    request = FindRequest(account="", folders=("INBOX",), criteria=Criteria(message_ids=message_ids), limit=10)
    found = await mailbox.find(request)
    await mailbox.close()
    return found


@pytest.mark.parametrize(
    ("number", "ranges"),
    [
        (3000, ["1001:4294967295"]),
        (1001, ["1001:4294967295"]),
        (1000, ["1001:4294967295", "1:1000"]),
        (1, ["1001:4294967295", "1:1000"]),
    ],
)
async def test_the_newest_are_asked_first(lab: Lab, owner: User, number: int, ranges: list[str]) -> None:
    """A recent message is found without a look at the rest."""
    found = await find(lab, owner, f"<{number}@lab.test>")
    assert [one.pointer.uid for one in found.found] == [number]
    commands = [line for line in lab.imap_commands(owner.name) if f'"<{number}@lab.test>"' in line]
    assert re.findall(r"SEARCH \(UID (\d+:\d+)", "\n".join(commands)) == ranges


async def test_ids_need_no_brackets_and_may_be_missing(lab: Lab, owner: User) -> None:
    """Per id: found, or not found in any folder; a part of an id is no id."""
    found = await find(lab, owner, "2999@lab.test", "<7@lab.test>", "<none@lab.test>", "99@lab.tes")
    assert sorted(one.pointer.message_id for one in found.found) == ["<2999@lab.test>", "<7@lab.test>"]
    assert found.missing == ("<none@lab.test>", "99@lab.tes")
    assert all(one.date <= datetime.now(UTC) for one in found.found)


async def test_nothing_is_searched_twice(lab: Lab, owner: User) -> None:
    """An id that is in no message costs one look at all of them, and one that was found is not looked for again."""
    await find(lab, owner, "<2998@lab.test>", "<nobody@lab.test>")
    commands = [line for line in lab.imap_commands(owner.name) if "<nobody@lab.test>" in line]
    assert [("UID 1:1000" in line, "<2998@lab.test>" in line) for line in commands] == [(False, True), (True, False)]
