"""The watch of one folder: who waits for what mail, and the one activity that listens for all of them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import options
from activities.watch import WatchActivities
from models.watch import Arrival, Attendance, Concern, Cursor, Registration, WatchRequest, WatchState
from workflows.ids import watch_id

# The server refuses the 10,001st signal of a run; registering and leaving cost one each.
_SIGNALS_A_RUN = 4_000
# A mailbox that refuses us is asked again after a while: a corrected password needs no restart.
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=30)


@workflow.defn
class MailboxWatch:
    """Watch a folder for as long as somebody waits for mail in it."""

    def __init__(self) -> None:
        self._register_of: dict[str, Registration] = {}
        self._waits_by_key: dict[str, dict[str, None]] = {}
        self._released: set[str] = set()  # before the register of the last run was taken over
        self._taken_over = False
        self._cursor: Cursor | None = None
        self._signals = 0
        self._pause = _FIRST_PAUSE
        self._resumed = False

    @workflow.run
    async def run(self, state: WatchState) -> None:
        self._take_over(state)
        while self._register_of:
            await self._watch_for_a_while()
            self._forget_the_expired()
            if self._is_long and self._register_of:
                self._continue_as_new()

    @workflow.signal
    def register(self, registration: Registration) -> None:
        """Tell this wait of its mail from now on."""
        self._signals += 1
        self._enter(registration)

    @workflow.signal
    def release(self, wait_id: str) -> None:
        """This wait is over."""
        self._signals += 1
        self._remove(wait_id)

    @workflow.signal
    def resume(self) -> None:
        """The account's settings have changed: a server that refused us may let us in now."""
        self._signals += 1
        self._resumed = True
        self._pause = _FIRST_PAUSE

    @workflow.query
    def knows(self, registration: Registration) -> bool:
        """Whether this wait is registered just so."""
        known = self._register_of.get(registration.wait_id)
        return known is not None and (known.keys, known.until) == (registration.keys, registration.until)

    @workflow.query
    def concerned(self, arrivals: Sequence[Arrival]) -> tuple[Concern, ...]:
        """Which waits these messages concern."""
        return tuple(
            Concern(wait_id=wait_id, pointer=arrival.pointer)
            for arrival in arrivals
            for wait_id in self._waits_for(arrival.keys)
        )

    @workflow.query
    def attendance(self) -> Attendance:
        """How many are registered."""
        return Attendance(account=self._account, folder=self._folder, waits=len(self._register_of))

    @workflow.query
    def waits(self) -> tuple[str, ...]:
        """Who is registered."""
        return tuple(self._register_of)

    async def _watch_for_a_while(self) -> None:
        """Listen until nobody waits, this run has grown long, or the activity ends by itself."""
        self._resumed = False
        watching = workflow.start_activity_method(
            WatchActivities.watch, self._request(), **options.watching(self._folder, workflow.info().task_queue)
        )
        try:
            while not (watching.done() or self._is_done):
                workflow.set_current_details(f"{len(self._register_of)} waits, {self._folder}")
                with suppress(TimeoutError):
                    await workflow.wait_condition(lambda: watching.done() or self._is_done, timeout=self._lease)
                self._forget_the_expired()
        finally:
            watching.cancel()
        await self._come_to(watching)

    async def _come_to(self, watching: workflow.ActivityHandle[Cursor | None]) -> None:
        """Take the cursor that the activity came to; after a refusal, leave the server alone for a while."""
        try:
            self._cursor = await watching or self._cursor
            self._pause = _FIRST_PAUSE
        except ActivityError as error:
            if is_cancelled_exception(error):
                return  # no attempt was under way
            workflow.set_current_details(f"{len(self._register_of)} waits; not watched: {error.cause}")
            with suppress(TimeoutError):
                await workflow.wait_condition(lambda: self._is_done or self._resumed, timeout=self._pause)
            self._pause = _FIRST_PAUSE if self._resumed else min(self._pause * 2, _LONGEST_PAUSE)

    def _request(self) -> WatchRequest:
        return WatchRequest(
            watch_id=watch_id(self._account, self._folder),
            account=self._account,
            folder=self._folder,
            cursor=self._cursor,
            since=min(one.since for one in self._register_of.values()),
        )

    @property
    def _is_done(self) -> bool:
        return not self._register_of or self._is_long

    @property
    def _is_long(self) -> bool:
        return self._signals >= _SIGNALS_A_RUN or workflow.info().is_continue_as_new_suggested()

    @property
    def _lease(self) -> timedelta:
        """Until when anybody waits at all; one timer for all of them."""
        latest = max(one.until for one in self._register_of.values())
        return max(latest - workflow.now(), timedelta(seconds=1))

    def _take_over(self, state: WatchState) -> None:
        """What the run before this one knew; signals may have come before it."""
        self._account, self._folder = state.account, state.folder
        self._cursor = state.cursor or self._cursor
        for registration in state.register_of:
            if registration.wait_id not in self._register_of and registration.wait_id not in self._released:
                self._enter(registration)
        self._released.clear()
        self._taken_over = True

    def _continue_as_new(self) -> NoReturn:
        workflow.continue_as_new(
            WatchState(
                account=self._account,
                folder=self._folder,
                register_of=tuple(self._register_of.values()),
                cursor=self._cursor,
            )
        )

    def _enter(self, registration: Registration) -> None:
        self._remove(registration.wait_id)
        self._released.discard(registration.wait_id)
        self._register_of[registration.wait_id] = registration.model_copy(update={"cursor": None})
        for key in registration.keys:
            self._waits_by_key.setdefault(key, {})[registration.wait_id] = None
        self._cursor = self._cursor or registration.cursor

    def _remove(self, wait_id: str) -> None:
        if not self._taken_over:
            self._released.add(wait_id)
        registration = self._register_of.pop(wait_id, None)
        for key in dict.fromkeys(registration.keys) if registration else ():
            waits = self._waits_by_key[key]
            del waits[wait_id]
            if not waits:
                del self._waits_by_key[key]

    def _forget_the_expired(self) -> None:
        now = workflow.now()
        for wait_id in [one.wait_id for one in self._register_of.values() if one.until <= now]:
            self._remove(wait_id)

    def _waits_for(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(wait for key in keys for wait in self._waits_by_key.get(key, ())))
