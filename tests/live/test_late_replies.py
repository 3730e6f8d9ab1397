"""An answer after the deadline, on real servers: noted with its case."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dev.lab import User
from mail.policy import Policy
from models.wait import LateReplyRoute
from settings import Storage
from tests.live.answers import out_of_office, reply
from tests.live.conftest import OpenDesk
from tests.live.desk import Desk, eventually, result_of, sent_by, until
from tests.live.test_send import ID

pytestmark = pytest.mark.live


async def test_a_late_answer_is_noted_with_its_case(open_desk: OpenDesk, alice: User, tmp_path: Path) -> None:
    """The wait has ended; the watch tells of the answer all the same."""
    policy = Policy(late_replies=LateReplyRoute(to="case_note"))
    desk = await open_desk(policy=policy, storage=Storage(url=f"file://{tmp_path}"))
    sent = await desk.send(alice, **ID)
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    wait = await desk.await_answers(sent, email_date=long_ago, wait_stage_timeout_minutes="1")
    assert (await result_of(wait)).status == "timed_out"
    desk.answer(reply(sent, alice, "Sorry, I was away."))
    notes = tmp_path / "7" / "late-replies.jsonl"
    (line,) = await eventually(lambda: notes.read_text(encoding="utf-8").splitlines() if notes.exists() else [])
    note = json.loads(line)
    assert (note["recipient"], note["content"], note["letter_message_id"]) == (
        alice.address,
        "Sorry, I was away.",
        sent.message_id,
    )


async def test_an_absence_is_read_and_gives_time(desk: Desk, alice: User) -> None:
    """From the note's own words to the progress of the wait."""
    wait = await desk.ask(alice, extend_on_absence="60")
    sent = await sent_by(wait)
    back = datetime.now(UTC) + timedelta(days=10)
    away = out_of_office(sent, alice).replace(b"I am away.", f"Back on {back:%d %B %Y}, ask bob@lab.test.".encode())
    desk.answer(away)
    await until(wait, lambda progress: progress.extended_minutes == 60)
    desk.answer(reply(sent, alice))
    (absence,) = (await result_of(wait)).excluded
    assert (absence.until, absence.delegate) == (back.date(), "bob@lab.test")
