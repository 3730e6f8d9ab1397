"""Letters answered by people: what a wait hears, where it looks, and what it leaves alone."""

import imaplib

import pytest

from client import ActionCancelled, ActionFailed
from dev.lab import User
from mail.account import Account
from tests.live.answers import phone_reply, reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, eventually, result_of, sent_by, until
from tests.live.test_send import ID

pytestmark = pytest.mark.live

KEY = "the key of this desk's reply tokens"


def with_tokens(account: Account) -> Account:
    """The account, its letters answered to a signed address."""
    return Account.model_validate(dict(account) | {"reply_token_key": KEY})


def standing(desk: Desk, folder: str = "INBOX") -> bytes:
    """How many letters there are, and how many of them nobody has seen."""
    with imaplib.IMAP4(desk.lab.host, desk.lab.ports["IMAP"]) as imap:
        imap.login(desk.name, desk.user.password)
        _, (answer,) = imap.status(folder, "(MESSAGES UNSEEN RECENT)")
    assert isinstance(answer, bytes)
    return answer


async def test_an_answer_ends_the_wait(desk: Desk, alice: User) -> None:
    """It is pushed, read, and stripped of the quoted history."""
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    desk.answer(reply(sent, alice, "Yes, it was me."))
    result = await result_of(wait)
    assert (result.status, result.message) == ("replied", "1 of 1 recipient replied.")
    (response,) = result.responses
    assert (response.recipient, response.state, response.sender) == (alice.address, "replied", alice.address)
    assert response.content == "Yes, it was me."
    assert "> Is it you?" in (response.full_text or "")
    assert (response.subject, response.folder) == ("Re: Question", "INBOX")


async def test_a_new_letter_of_the_same_person_is_no_answer(desk: Desk, alice: User, open_desk: OpenDesk) -> None:
    """A telling subject alone ties nothing to a letter."""
    wait = await desk.ask(alice)
    theirs = await open_desk(alice)
    other = await theirs.send(desk.user, content="No.", subject="Re: Question", **ID)
    await desk.received(desk.user, other.message_id)
    desk.answer(reply(await sent_by(wait), alice, "Yes."))
    result = await result_of(wait)
    assert (result.responses[0].content, result.excluded) == ("Yes.", ())


async def test_all_can_be_waited_for(desk: Desk, alice: User, bob: User) -> None:
    """Who has answered is known before the last one has."""
    wait = await desk.ask(alice, bob, wait_for_all_recipients_to_reply="true")
    sent = await sent_by(wait)
    desk.answer(reply(sent, bob, "Not me."))
    await until(wait, lambda progress: progress.responses[1].state == "replied")
    desk.answer(reply(sent, alice, "Me."))
    result = await result_of(wait)
    assert (result.status, [one.content for one in result.responses]) == ("replied", ["Me.", "Not me."])


async def test_an_answer_from_before_the_wait_counts(desk: Desk, alice: User) -> None:
    """A wait that starts late finds what is there."""
    sent = await desk.send(alice, **ID)
    desk.answer(reply(sent, alice, "Quick."))
    result = await result_of(await desk.await_answers(sent))
    assert [one.content for one in result.responses] == ["Quick."]


async def test_a_phone_answers_in_html_with_the_whole_history(desk: Desk, alice: User) -> None:
    """The new text alone is the content."""
    wait = await desk.ask(alice)
    desk.answer(phone_reply(await sent_by(wait), alice, desk.user))
    (response,) = (await result_of(wait)).responses
    assert (response.content or "").splitlines()[0] == "Yes, it was me."
    assert "Is it you?" not in (response.content or "")
    assert "nobody needs again" in (response.full_text or "")
    assert "<b>me</b>" in (response.html or "")


async def test_answers_are_found_in_any_of_the_folders(desk: Desk, alice: User) -> None:
    """Names may hold commas and letters beyond ASCII; one missing folder of several is reported."""
    desk.lab.create_folder(desk.name, "Réponses, März 東京")
    wait = await desk.ask(alice, folder_to_check_for_reply='INBOX, "Réponses, März 東京", Nowhere')
    desk.answer(reply(await sent_by(wait), alice), "Réponses, März 東京")
    result = await result_of(wait)
    assert [(one.name, one.status) for one in result.folders] == [
        ("INBOX", "searched"),
        ("Réponses, März 東京", "searched"),
        ("Nowhere", "not_found"),
    ]
    assert [one.folder for one in result.responses] == ["Réponses, März 東京"]


async def test_no_folder_at_all_is_a_failure_before_anything_is_sent(desk: Desk, alice: User) -> None:
    """A letter whose answers nobody could see is not sent."""
    wait = await desk.begin_to_ask(alice, folder_to_check_for_reply="Nowhere")
    with pytest.raises(ActionFailed) as raised:
        await result_of(wait)
    assert raised.value.type == "FolderNotFound"
    assert desk.lab.messages(alice.name) == []


async def test_reading_changes_nothing(desk: Desk, alice: User) -> None:
    """An answer that was read by us is still new to the people of the mailbox."""
    wait = await desk.ask(alice)
    desk.answer(reply(await sent_by(wait), alice))
    await result_of(wait)
    assert b"MESSAGES 1 RECENT 1 UNSEEN 1" in standing(desk)


async def test_somebody_may_answer_on_behalf(open_desk: OpenDesk, alice: User, bob: User) -> None:
    """Whoever writes to the signed address has the letter from its recipient."""
    desk = await open_desk(change=with_tokens)
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    letter = await desk.received(alice, sent.message_id)
    assert f"{desk.name}+r." in letter["Reply-To"]
    desk.answer(reply(sent, bob, "Alice is ill: no.", To=str(letter["Reply-To"]), In_Reply_To="<lost@x>"))
    (response,) = (await result_of(wait)).responses
    assert (response.recipient, response.sender, response.content) == (alice.address, bob.address, "Alice is ill: no.")
    assert response.on_behalf


async def test_strangers_do_not_answer_for_others(desk: Desk, alice: User, bob: User) -> None:
    """Without a token only the awaited address counts; the other one is told of."""
    wait = await desk.ask(alice)
    sent = await sent_by(wait)
    desk.answer(reply(sent, bob, "It was her."))
    await until(wait, lambda progress: progress.excluded)
    desk.answer(reply(sent, alice))
    result = await result_of(wait)
    assert [(one.sender, one.reason) for one in result.excluded] == [(bob.address, "unknown_sender")]
    assert result.responses[0].content == "Yes."


async def test_excluded_words_do_not_count(desk: Desk, alice: User) -> None:
    """The caller's pattern leaves answers out and says so."""
    wait = await desk.ask(alice, wait_stage_exclude_pattern="ticket.*received")
    sent = await sent_by(wait)
    desk.answer(reply(sent, alice, "Your ticket 7 has been\nreceived."))
    desk.answer(reply(sent, alice, "It was me."))
    result = await result_of(wait)
    assert [one.reason for one in result.excluded] == ["exclude_pattern"]
    assert result.responses[0].content == "It was me."


@pytest.mark.parametrize("ignore", ["true", "false"])
async def test_our_own_letter_in_our_inbox_is_no_answer(open_desk: OpenDesk, alice: User, ignore: str) -> None:
    """It came back by Cc; it answers nothing."""
    desk = await open_desk(change=with_tokens)
    wait = await desk.ask(alice, cc=desk.user.address, ignore_auto_replies=ignore)
    sent = await sent_by(wait)
    await desk.received(desk.user, sent.message_id)
    desk.answer(reply(sent, alice, "Later than our own."))
    result = await result_of(wait)
    assert (result.responses[0].content, result.excluded) == ("Later than our own.", ())


@pytest.mark.parametrize("ignore", ["true", "false"])
async def test_a_letter_to_ourselves_does_not_answer_itself(open_desk: OpenDesk, ignore: str) -> None:
    """Who writes to the own mailbox still waits for somebody there."""
    desk = await open_desk(change=with_tokens)
    wait = await desk.ask(desk.user, ignore_auto_replies=ignore)
    sent = await sent_by(wait)
    await desk.received(desk.user, sent.message_id)
    desk.answer(reply(sent, desk.user, "Note to self."))
    result = await result_of(wait)
    assert (result.responses[0].content, result.excluded) == ("Note to self.", ())


async def test_a_cancelled_wait_leaves_no_connection(desk: Desk, alice: User) -> None:
    """The watch goes when the last wait does."""
    wait = await desk.ask(alice)
    before = await eventually(lambda: desk.lab.imap_connections(desk.name) if idles(desk) else 0)
    await wait.cancel()
    with pytest.raises(ActionCancelled):
        await result_of(wait)
    await eventually(lambda: desk.lab.imap_connections(desk.name) == before - 1)


def idles(desk: Desk) -> bool:
    """Whether somebody listens to the mailbox."""
    return any(command.endswith(" IDLE") for command in desk.lab.imap_commands(desk.name))
