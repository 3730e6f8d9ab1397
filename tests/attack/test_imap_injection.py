"""IMAP injection: whatever an argument holds, the server hears the commands of the action and no other."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError

from mail.imap.session import ImapSession
from mail.policy import Policy
from models.find import Criteria
from tests.attack.asking import ask, refusals
from tests.live.conftest import OpenDesk
from tests.live.desk import PATIENCE_SECONDS, Desk, eventually
from tests.mail.change.census import Shelf

pytestmark = pytest.mark.live

# One line each: what ends a line is refused before (the test after it).
QUIET = (
    '" OR ALL "',
    '") (ALL',
    "x) ALL (",
    "{3}",
    '"\\',
    "\\",
    '" UID 1:* "',
    "%",
    "*",
    "ü) ALL (",
    "&AGEAYg-",
    "~{1+}",
)
BREAKING = ("x\r\nA1 DELETE INBOX", "x\nA1 LOGOUT", "{3}\r\nabc", "x\0y", "\r", "ü\r\nA1 DELETE INBOX")
COMMANDS = {
    *("CAPABILITY", "ENABLE", "ID", "LIST", "EXAMINE", "SELECT", "NOOP", "LOGOUT", "CLOSE", "UNSELECT", "STATUS"),
    *("UID SEARCH", "UID FETCH", "NAMESPACE", "IDLE"),
}


def arguments(action: str, hostile: str) -> dict[str, dict[str, Any]]:
    """The arguments of an action that reach IMAP, by name, the hostile text in one of them at a time."""
    ids = {"message_i_ds": [hostile]}
    cases: dict[str, dict[str, dict[str, Any]]] = {
        "SearchEmail": {
            "folder_name": {"folder_name": [hostile]},
            "subject_filter": {"subject_filter": hostile},
            "sender_filter": {"sender_filter": hostile},
            "recipient_filter": {"recipient_filter": hostile},
        },
        "MoveEmailToFolder": {
            "source_folder_name": {"source_folder_name": [hostile], "subject_filter": "x"},
            "destination_folder_name": {"destination_folder_name": hostile, "subject_filter": "Letter"},
            "message_i_ds": ids,
            "subject_filter": {"subject_filter": hostile},
        },
        "DeleteEmail": {
            "folder_name": {"folder_name": [hostile], "subject_filter": "x"},
            "message_i_ds": ids,
            "subject_filter": {"subject_filter": hostile},
            "sender_filter": {"sender_filter": hostile},
            "recipient_filter": {"recipient_filter": hostile},
        },
        "DownloadEmailAttachments": {
            "folder_name": {"folder_name": [hostile], "subject_filter": "x"},
            "message_i_ds": ids,
            "subject_filter": {"subject_filter": hostile},
        },
        "SaveEmailAttachmentsToCase": {
            "folder_name": {"folder_name": [hostile], "message_id": "<x@y>"},
            "message_id": {"message_id": [hostile]},
        },
        "SendThreadReply": {"folder_name": {"folder_name": [hostile]}, "message_id": {"message_id": hostile}},
        "ForwardEmail": {
            "folder_name": {"folder_name": [hostile]},
            "message_id_of_email_to_forward": {"message_id_of_email_to_forward": hostile},
        },
        "WaitForEmailFromUser": {
            "folder_to_check_for_reply": {"folder_to_check_for_reply": [hostile]},
            "email_message_id": {"email_message_id": hostile},
        },
    }
    return cases[action]


USUAL: dict[str, dict[str, Any]] = {
    "SearchEmail": {"folder_name": "INBOX", "time_frame_minutes": 60, "max_emails_to_return": 5},
    "MoveEmailToFolder": {"source_folder_name": "INBOX", "destination_folder_name": "Archive"},
    "DeleteEmail": {"folder_name": "INBOX", "delete_all_matching_emails": True},
    "DownloadEmailAttachments": {"folder_name": "INBOX"},
    "SaveEmailAttachmentsToCase": {"folder_name": "INBOX"},
    "SendThreadReply": {"folder_name": "INBOX", "message_id": "<x@y>", "content": "x"},
    "ForwardEmail": {
        "folder_name": "INBOX",
        "message_id_of_email_to_forward": "<x@y>",
        "recipients": "eve@lab.test",
        "subject": "x",
    },
    "WaitForEmailFromUser": {
        "email_message_id": "<x@y>",
        "email_date": "2020-01-01T00:00:00Z",  # it is over before it begins: one look, one answer
        "email_recipients": "eve@lab.test",
        "wait_stage_timeout_minutes": 1,
    },
}


@pytest.fixture
async def desk(open_desk: OpenDesk, tmp_path: Path) -> Desk:
    """A desk that may download."""
    return await open_desk(policy=Policy(download_roots=(tmp_path,)))


@pytest.fixture
async def shelf(desk: Desk) -> AsyncIterator[Shelf]:
    """The desk's mailbox with letters that an injected ALL would reach."""
    server = desk.lab.account(desk.name).imap
    assert server
    onlooker = await ImapSession.open(server)
    shelf = Shelf(onlooker, onlooker)
    await shelf.put("INBOX", "Letter 1", "Letter 2")
    await shelf.put("Archive", "Letter 3")
    yield shelf
    await onlooker.close()


def verb(command: str) -> str:
    """The command of a line as the server got it, without its tag."""
    words = command.split()[1:]
    return " ".join(words[:2] if words[0].upper() == "UID" else words[:1]).upper()


def attacks(action: str, hostile: tuple[str, ...], tmp_path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The action with each of these texts in each of its arguments, by name."""
    usual = USUAL[action] | ({"download_path": str(tmp_path)} if action == "DownloadEmailAttachments" else {})
    for text in hostile:
        for name, given in arguments(action, text).items():
            yield f"{action} {name} {text[:20]!r}", usual | given


@pytest.mark.parametrize("action", USUAL)
async def test_what_is_no_command_changes_nothing(desk: Desk, shelf: Shelf, tmp_path: Path, action: str) -> None:
    """Quotes, parentheses, literals and wildcards are searched for and opened, and found nowhere."""
    before = await shelf.census()
    await asyncio.gather(*(outcome(desk, action, given) for _, given in attacks(action, QUIET, tmp_path)))
    assert await shelf.census() == before


async def test_a_line_break_is_refused_before_anybody_hears_of_it(desk: Desk, tmp_path: Path) -> None:
    """InvalidRequest, and not one command in the server's own log."""
    breaking = tuple(f"x{one}x" for one in BREAKING)
    asked = {name: (action, given) for action in USUAL for name, given in attacks(action, breaking, tmp_path)}
    assert await refusals(desk, asked) == dict.fromkeys(asked, "InvalidRequest")
    assert desk.lab.imap_commands(desk.name) == []


async def test_the_server_hears_only_what_the_action_says(desk: Desk, tmp_path: Path) -> None:
    """By Dovecot's log of every octet: searching and looking, whatever is searched for."""
    searches = attacks("SearchEmail", QUIET, tmp_path)
    await asyncio.gather(*(outcome(desk, "SearchEmail", given) for _, given in searches))
    said = await eventually(lambda: desk.lab.imap_commands(desk.name))
    tagged = [line for line in said if line.split(" ")[0].isalnum() and len(line.split(" ")) > 1]
    assert {verb(line) for line in tagged if line.split(" ")[0] != "ALL"} <= COMMANDS


async def test_an_id_of_others_is_only_an_id(desk: Desk, shelf: Shelf) -> None:
    """A stranger's letter whose Message-ID is a search moves alone when it is asked for."""
    hostile = '<x")(ALL"{3}\\y@evil.test>'
    raw = f"From: eve@evil.test\r\nSubject: evil\r\nMessage-ID: {hostile}\r\n\r\nHi\r\n".encode()
    await shelf.onlooker.append("INBOX", raw)
    usual = USUAL["MoveEmailToFolder"] | {"message_i_ds": ["<none@x>"], "dry_run": False}
    found = await ask(desk, "SearchEmail", **USUAL["SearchEmail"] | {"subject_filter": "evil"})
    moved = await ask(desk, "MoveEmailToFolder", **usual | {"message_i_ds": [found["emails"][0]["message_id"]]})
    assert [one["subject"] for one in moved["moved"]] == ["evil"]
    assert {one.subject for one in await shelf.find("INBOX", "Letter 1", "Letter 2")} == {"Letter 1", "Letter 2"}


async def test_an_empty_id_means_nobodys_letter(desk: Desk) -> None:
    """Else it would be that of each letter without one, such as a stranger may have sent."""
    desk.answer(b"From: eve@lab.test\r\nSubject: pick me\r\nMessage-ID: <>\r\n\r\nHi\r\n")
    asked = {
        f"{action} {empty}": (action, USUAL[action] | given)
        for action in ("SendThreadReply", "ForwardEmail", "WaitForEmailFromUser", "DeleteEmail")
        for empty in ("<>", "< >", "<", "> <")
        for name, given in arguments(action, empty).items()
        if "message_i" in name
    }
    assert await refusals(desk, asked) == dict.fromkeys(asked, "InvalidRequest")


async def test_an_endless_argument_is_refused(desk: Desk) -> None:
    """A server would hang up on such a line, and the action would be tried again for hours."""
    asked = {
        f"{action} {name} {letter}": (action, USUAL[action] | arguments(action, letter * 300_000)[name])
        for action, name in (
            ("SearchEmail", "folder_name"),
            ("SearchEmail", "subject_filter"),
            ("MoveEmailToFolder", "destination_folder_name"),
            ("ForwardEmail", "message_id_of_email_to_forward"),
            ("DeleteEmail", "message_i_ds"),
        )
        for letter in "xü"
    }
    assert await refusals(desk, asked) == dict.fromkeys(asked, "InvalidRequest")


def test_every_criterion_is_attacked_above() -> None:
    """A new one is not forgotten."""
    assert set(Criteria.model_fields) == {"message_ids", "subject", "sender", "recipient", "only_unread", "since"}


async def outcome(desk: Desk, action: str, given: dict[str, Any]) -> None:
    """Let the action end, well or not."""
    handle = await desk.temporal.start_workflow(
        action, {"case_id": "7", "alert_group_identifiers": ["g"]} | given, id=desk.new_id(), task_queue=desk.name
    )
    ended = ""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await handle.result()
    except WorkflowFailureError as failure:
        ended = getattr(failure.cause, "type", "")
    assert ended in {"", "InvalidRequest", "FolderNotFound", "MessageNotFound"}
