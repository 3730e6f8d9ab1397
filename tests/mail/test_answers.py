"""What is searched for: everything by which the watch would know an answer, too."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from dev.lab import Lab, User
from mail.answers import searches
from mail.correlation import ANSWERED_FIELDS, RECIPIENT_FIELDS, letter_key, subject_key, thread_index
from mail.imap.response import FolderStatus
from mail.mailbox import Mailbox
from mail.reply_tokens import ReplyTokens
from models.wait import AwaitedLetter

IDS = tuple(f"<letter-{number}@soc.example.org>" for number in range(100))
TOKENS = tuple(f"token:{number:016}" for number in range(100))


def asked(ids: int, *senders: str) -> list[str]:
    since = datetime(2026, 11, 22, tzinfo=UTC)
    letter = AwaitedLetter(account="soc", message_ids=IDS[:ids], since=since, folders=("INBOX",), subject="Re: Why?")
    return [one.search_key().decode() for one in searches(letter, TOKENS[:ids], senders)]


@pytest.mark.parametrize("field", ANSWERED_FIELDS)
def test_every_field_that_names_a_letter_is_searched(field: str) -> None:
    """One search for a letter."""
    (search,) = asked(1)
    assert f'HEADER "{field}" "{IDS[0]}"' in search


@pytest.mark.parametrize("field", RECIPIENT_FIELDS)
def test_every_field_that_may_carry_the_token_is_searched(field: str) -> None:
    """Without its prefix, as substring of the address."""
    assert f'HEADER "{field}" "{TOKENS[0].removeprefix("token:")}"' in asked(1)[0]


def test_a_hundred_letters_are_searched_in_lines_that_servers_take() -> None:
    """Each of them is in one."""
    lines = asked(100)
    assert max(map(len, lines)) < 8_000
    assert all(any(f'"In-Reply-To" "{one}"' in line for line in lines) for one in IDS)


def test_subjects_are_searched_only_where_they_are_enough() -> None:
    """With the sender, without "Re:"."""
    assert 'FROM "a@x.org" SUBJECT "why?"' in asked(1, "a@x.org")[0]
    assert "SUBJECT" not in asked(1)[0]


def traces(tagged: str) -> list[str]:
    """A header for each key, with nothing else that would tie it to the letter."""
    return [
        *(f"{field}: x@example.org, <{tagged.upper()}>" for field in RECIPIENT_FIELDS),
        *(f"{field}: <other@example.org> {IDS[0]}" for field in ANSWERED_FIELDS),
        f"Thread-Index: {b64encode(b64decode(thread_index(IDS[0])) + b'12345').decode()}",
        "Subject: AW: Why?\r\nFrom: Alice <alice@example.org>",
    ]


async def test_a_look_finds_an_answer_by_each_of_its_keys(lab: Lab, lab_user: User) -> None:
    """Alone, on a real server; what carries none is left alone."""
    account = lab.account(lab_user.name)
    tokens = ReplyTokens(account.model_copy(update={"reply_token_key": SecretStr("key")}))
    answers = traces(tokens.reply_to(IDS[0]))
    for number, trace in enumerate((*answers, "Subject: Why not?\r\nFrom: alice@example.org")):
        lab.deliver(lab_user.name, f"Message-ID: <{number}@example.org>\r\n{trace}\r\n\r\nYes.\r\n".encode())
    letter = AwaitedLetter(
        account="soc", message_ids=IDS[:1], since=datetime.now(UTC), folders=("INBOX",), subject="Why?"
    )
    keys = (letter_key(IDS[0]), *tokens.keys(IDS[:1]), subject_key("alice@example.org", "Why?"))
    assert account.imap
    mailbox = Mailbox(account.imap, "soc")
    found = await mailbox.look(letter, keys, unheard, senders=["alice@example.org"])
    await mailbox.close()
    assert [one.message_id for one in found.pointers] == [f"<{number}@example.org>" for number in range(len(answers))]


async def unheard(_folder: FolderStatus) -> None:
    """Nobody registers."""
