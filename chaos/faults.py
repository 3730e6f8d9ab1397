"""How each kind of fault is brought about."""

import asyncio
import itertools
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from chaos.plan import KILLS, LINES, Fault, Step
from chaos.proxy import Proxy, Trap
from chaos.stage import DESTINATION, SOURCE, US, Stage
from chaos.station import Station

# A worker that is not killed in the act by then is killed anyway.
_ACT_SECONDS = 8.0
_PAUSE_SECONDS = 0.05
# On a busy machine the plan falls behind: a worker that never gets to work proves nothing.
_SERVICE_SECONDS = 1.0
# Above every UIDVALIDITY that a server makes of the time of day, and below 2**32.
_UID_VALIDITIES = itertools.count(3_000_000_000)
_RENUMBERED = ("INBOX", SOURCE, DESTINATION)

_TAKEN = re.compile(rb"250 OK id=[^\n]*\n")  # Exim's answer to the final dot
_NEWS = re.compile(rb"\+ idling\r\n(?:\* [^\n]*\n)*?(?P<here>\* \d+ EXISTS\r\n)")
_DONE = re.compile(rb"(?m)^(?P<tag>\w+) OK (?:\[[^]]*\] )?(?:Search|Store|Move|Expunge|Append|Fetch)[^\n]*\n")
# Where each fault strikes: in SMTP or IMAP, at what.
_SMTP = {
    Fault.KILL_AT_TAKEN: Trap(Fault.KILL_AT_TAKEN, _TAKEN),
    Fault.CUT_IN_LETTER: Trap(
        Fault.CUT_IN_LETTER, re.compile(rb"\r\nSubject: (?P<here>.{1000})", re.DOTALL), from_server=False
    ),
    Fault.CUT_BEFORE_TAKEN: Trap(Fault.CUT_BEFORE_TAKEN, _TAKEN),
    Fault.CUT_AFTER_TAKEN: Trap(Fault.CUT_AFTER_TAKEN, re.compile(rb"250 OK id=[^\n]*\n(?P<here>)")),
    Fault.GOODBYE_AT_DATA: Trap(
        Fault.GOODBYE_AT_DATA, re.compile(rb"354 [^\n]*\n"), says=b"421 4.3.2 Shutting down\r\n"
    ),
    Fault.SWALLOWED: Trap(Fault.SWALLOWED, _TAKEN, lasting=True),
}
_IMAP = {
    Fault.KILL_AT_FILED: Trap(Fault.KILL_AT_FILED, re.compile(rb"\[APPENDUID ")),
    Fault.KILL_AT_MOVED: Trap(Fault.KILL_AT_MOVED, re.compile(rb"\[COPYUID ")),
    Fault.KILL_AT_DELETED: Trap(Fault.KILL_AT_DELETED, re.compile(rb"OK Expunge ")),
    Fault.KILL_IN_FILE: Trap(Fault.KILL_IN_FILE, re.compile(rb"\{\d{5,}\}\r\n(?P<here>.{1000})", re.DOTALL)),
    Fault.CUT_IN_IDLE: Trap(Fault.CUT_IN_IDLE, re.compile(rb"\+ idling\r\n(?P<here>)")),
    Fault.CUT_IN_NEWS: Trap(Fault.CUT_IN_NEWS, _NEWS),
    Fault.CUT_IN_LITERAL: Trap(Fault.CUT_IN_LITERAL, re.compile(rb"\{\d{3,}\}\r\n(?P<here>.{100})", re.DOTALL)),
    Fault.GOODBYE_WHEN_DONE: Trap(Fault.GOODBYE_WHEN_DONE, _DONE, says=b"* BYE Shutting down\r\n"),
    Fault.DENIED: Trap(Fault.DENIED, _DONE, says=b"\\g<tag> NO [SERVERBUG] Internal error\r\n", lasting=True),
    Fault.FALSE_NEWS: Trap(
        Fault.FALSE_NEWS,
        re.compile(rb"\+ idling\r\n(?P<here>)"),
        says=b"* 4294967295 EXISTS\r\n* 1 EXPUNGE\r\n",
        lasting=True,
    ),
}
# Nobody knows which of the workers listens.
_LISTENING = (Fault.CUT_IN_IDLE, Fault.CUT_IN_NEWS, Fault.FALSE_NEWS)


class Faults:
    """Breaks things, and counts what it broke."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._done: Counter[str] = Counter()
        self._turns = [asyncio.Lock() for _ in stage.stations]
        self._in_turn = asyncio.Lock()  # a server is not restarted while it restarts

    @property
    def injected(self) -> Counter[str]:
        """What has really happened, by kind: a trap that nothing came by is no fault."""
        lines = [line for station in self._stage.stations for line in (station.smtp, station.imap)]
        return sum((line.sprung for line in lines), self._done)

    @property
    def kills(self) -> int:
        """How many workers died."""
        return sum(station.kills for station in self._stage.stations)

    async def inject(self, step: Step) -> None:
        """Do what the step says."""
        assert isinstance(step.what, Fault)  # noqa: S101  a plan's faults are faults
        if step.what in KILLS:
            await self._kill(step)
        elif step.what in LINES:
            self._spoil(step)
        else:
            async with self._in_turn:
                await self._persistently(self._server_fault(step))
            self._done[step.what] += 1

    async def _kill(self, step: Step) -> None:
        if step.what is Fault.KILL or not await self._kill_in_the_act(step):
            station = self._stage.stations[step.number]
            async with self._turns[step.number]:
                await station.serving.wait()
                await asyncio.sleep(_SERVICE_SECONDS)
                station.kill()
            self._done[Fault.KILL] += 1

    async def _kill_in_the_act(self, step: Step) -> bool:
        """Kill whichever worker does it first, between the effect and its report."""
        armed = [self._armed(step, station) for station in self._stage.stations]
        for line, trap in armed:
            line.set(trap)
        for _ in range(round(_ACT_SECONDS / _PAUSE_SECONDS)):
            if not all(line.is_set(trap) for line, trap in armed):
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        left = [line.take_away(trap) for line, trap in armed]
        return not all(left)

    def _armed(self, step: Step, station: Station) -> tuple[Proxy, Trap]:
        line, trap = _trap(step, station)
        return line, replace(trap, sprung=station.kill)

    def _spoil(self, step: Step) -> None:
        """Break a line at once, or as soon as what the fault is for comes by."""
        stations = self._stage.stations
        if step.what is Fault.THROTTLE:
            self._turn_away(stations[step.number])
        elif step.what is Fault.CUT_IN_IDLE and any(one.imap.cut_listener(step.what) for one in stations):
            pass
        else:
            self._set(step, stations if step.what in _LISTENING else stations[step.number : step.number + 1])

    def _turn_away(self, station: Station) -> None:
        station.smtp.turn_away(b"421 4.7.0 Too many connections\r\n")
        station.imap.turn_away(b"* BYE Too many connections\r\n")
        self._done[Fault.THROTTLE] += 1

    def _set(self, step: Step, stations: Sequence[Station]) -> None:
        """Whichever line it comes by first, it is one fault."""

        def disarm() -> None:
            for line, _ in armed:
                line.take_away(trap)

        armed = [_trap(step, station) for station in stations]
        trap = replace(armed[0][1], sprung=disarm)
        for line, _ in armed:
            line.set(trap)

    def _server_fault(self, step: Step) -> Callable[[], None]:
        lab = self._stage.lab
        match step.what:
            case Fault.TEMPORAL:
                return self._stage.temporal.restart
            case Fault.IMAP:
                return lab.restart_imap
            case Fault.SMTP:
                return lab.restart_smtp
            case _:
                validity = next(_UID_VALIDITIES)
                return lambda: lab.renumber(US, _RENUMBERED[step.number], validity)

    async def _persistently(self, fault: Callable[[], None]) -> None:
        """Dovecot refuses doveadm while it is starting."""
        while True:
            try:
                await asyncio.to_thread(fault)
            except subprocess.CalledProcessError:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return


def _trap(step: Step, station: Station) -> tuple[Proxy, Trap]:
    fault = Fault(step.what)
    line, trap = (station.smtp, _SMTP[fault]) if fault in _SMTP else (station.imap, _IMAP[fault])
    return line, replace(trap, passes=step.octet)
