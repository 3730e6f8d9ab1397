"""The watch of one folder: who is told, when it ends, and what it survives."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from mail.errors import AuthenticationFailed
from models.watch import Cursor, Registration, WatchState
from plugin import data_converter
from tests.live.desk import eventually_told
from tests.temporal import dev_server
from tests.workflows.fakes import ACCOUNT, UID_VALIDITY
from tests.workflows.post import Post, arrival, manned
from workflows.watch import MailboxWatch

# By itself, a watch that was refused asks again after a minute.
HALF_A_PAUSE = 30.0

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_each_message_concerns_those_who_wait_for_it(post: Post) -> None:
    """Once each, however many of its keys they know."""
    await post.register("wait-1", "a", "b")
    await post.register("wait-2", "b")
    assert await post.concerned("a") == ["wait-1"]
    assert await post.concerned("b", "a") == ["wait-1", "wait-2"]
    assert await post.concerned("c") == []


async def test_registering_again_replaces_the_keys(post: Post) -> None:
    """A wait that has sent a reminder waits for answers to it, too."""
    await post.register("wait-1", "a")
    await post.register("wait-1", "b")
    assert await post.waits() == ("wait-1",)
    assert (await post.concerned("a"), await post.concerned("b")) == ([], ["wait-1"])


async def test_a_watch_ends_when_nobody_waits(post: Post) -> None:
    """And its activity with it."""
    await post.register("wait-1")
    await post.register("wait-2")
    await post.until(lambda: bool(post.mailbox.watched))
    await post.watches.release(post.id, "wait-1")
    assert await post.waits() == ("wait-2",)
    await post.watches.release(post.id, "wait-2")
    await post.ends()
    assert post.mailbox.cancelled == 1


async def test_a_watch_ends_when_its_lease_does(post: Post) -> None:
    """Waits that were terminated cannot say that they are over."""
    soon = datetime.now(UTC) + timedelta(seconds=1)
    await post.register("wait-1", until=soon)
    await post.register("wait-2", until=soon)
    await post.ends()


async def test_releasing_a_stranger_changes_nothing(post: Post) -> None:
    """Nor does releasing twice."""
    await post.register("wait-1")
    await post.watches.release(post.id, "wait-2")
    assert await post.waits() == ("wait-1",)


async def test_a_watch_goes_on_where_a_stopping_worker_left_it(post: Post) -> None:
    """Its activity returns how far it has looked; the next one begins there."""
    await post.register("wait-1")
    await post.until(lambda: len(post.mailbox.watched) == 1)
    post.mailbox.handover = True
    await post.until(lambda: len(post.mailbox.watched) == 2)
    assert [request.cursor for request in post.mailbox.watched] == [
        Cursor(uid_validity=UID_VALIDITY, uid_next=1),
        Cursor(uid_validity=UID_VALIDITY, uid_next=1),
    ]
    assert await post.waits() == ("wait-1",)


async def test_a_mailbox_that_refuses_is_left_alone_for_longer_and_longer(skipped: Post) -> None:
    """Until it is asked no more than twice an hour."""
    skipped.mailbox.watch_trouble.error = AuthenticationFailed("no")
    begun = await skipped.env.get_current_time()
    await skipped.register("wait-1", until=begun + timedelta(hours=4))
    await skipped.env.sleep(timedelta(hours=5))
    await skipped.ends()
    minutes = [(one - begun) / timedelta(minutes=1) for one in skipped.mailbox.watch_times]
    pauses = [later - earlier for earlier, later in pairwise(minutes)]
    assert pauses[:7] == pytest.approx([1, 2, 4, 8, 16, 30, 30], abs=0.1)


async def test_corrected_settings_end_the_pause(post: Post) -> None:
    """Whoever has changed the password does not wait for the next attempt."""
    post.mailbox.watch_trouble.error = AuthenticationFailed("no")
    await post.register("wait-1")
    await post.until(lambda: len(post.mailbox.watched) == 1)
    post.mailbox.watch_trouble.error = None

    async def asked_again() -> bool:
        await post.watches.resume(ACCOUNT)  # Temporal lists a workflow a moment after it has begun
        return len(post.mailbox.watched) > 1

    await eventually_told(asked_again, HALF_A_PAUSE)
    assert await post.waits() == ("wait-1",)


async def test_a_watch_continues_as_new_with_everybody(post: Post) -> None:
    """Ten thousand waits travel in one payload; all are answered afterwards."""
    registrations = tuple(registration(number) for number in range(10_000))
    state = WatchState(account=ACCOUNT, folder=post.folder, register_of=registrations)
    (payload,) = data_converter.payload_converter.to_payloads([state])
    assert len(payload.data) < 1.5 * 2**20
    await start(post, state)
    concerns = await post.watches.concerned(post.id, [arrival(f"{number:026}") for number in range(10_000)])
    assert [one.wait_id for one in concerns] == [one.wait_id for one in registrations]


def registration(number: int) -> Registration:
    """One of very many, as long as they come."""
    return Registration(
        wait_id=f"send-email-and-wait/case-{number}/{uuid.uuid4()}",
        keys=(f"{number:026}", f"token:{uuid.uuid4().hex[:16]}"),
        since=datetime(2026, 3, 1, tzinfo=UTC),
        until=datetime.now(UTC) + timedelta(days=30),
    )


async def start(post: Post, state: WatchState) -> None:
    """Begin a watch as its last run would."""
    await post.env.client.start_workflow(MailboxWatch.run, state, id=post.id, task_queue=post.queue)


async def test_a_long_watch_continues_as_new_and_forgets_nobody() -> None:
    """Its cursor goes along; those who leave meanwhile are gone."""
    async with dev_server("limit.historyCount.suggestContinueAsNew=40") as env, manned(Post(env)) as post:
        await post.register("wait-0")
        first = await post.run_id()
        for number in range(1, 30):
            await post.register(f"wait-{number}")
            await post.concerned("nothing")
        await post.watches.release(post.id, "wait-3")
        assert await post.run_id() != first
        assert set(await post.waits()) == {f"wait-{number}" for number in range(30)} - {"wait-3"}
        assert await post.concerned("key of wait-0", "key of wait-29") == ["wait-0", "wait-29"]
        assert post.mailbox.watched[-1].cursor == Cursor(uid_validity=UID_VALIDITY, uid_next=1)


async def test_a_key_may_be_named_twice(post: Post) -> None:
    """A registration that repeats itself must not end the watch for all the others."""
    await post.register("wait-1", "a", "a")
    await post.register("wait-1", "a")
    assert await post.concerned("a") == ["wait-1"]
