"""What a campaign does and what it breaks, and when: all of it drawn from the seed."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

# A worker needs two seconds to be back; faster, and the machine would only start programs.
SECONDS_A_KILL = 3.6
# Answers come within so long after the letter that they answer was due.
LONGEST_THOUGHT = 15.0
# So many letters go to a greylisted recipient, too; so many people are out of office at first.
GREYLISTED, AWAY = 0.1, 0.2
# The clocks of those who answer are wrong by as much.
WRONG_CLOCK = 2 * 24 * 3600.0


class Fault(StrEnum):
    """A kind of thing that breaks."""

    KILL = "worker killed"
    KILL_AT_TAKEN = "worker killed as the server takes a letter"
    KILL_AT_FILED = "worker killed as its copy is filed"
    KILL_AT_MOVED = "worker killed as a message is moved"
    KILL_AT_DELETED = "worker killed as a message is deleted"
    KILL_IN_FILE = "worker killed inside a file"
    CUT_IN_LETTER = "connection cut inside a letter"
    CUT_BEFORE_TAKEN = "connection cut before the end of the final 250"
    CUT_AFTER_TAKEN = "connection cut after the final 250"
    CUT_IN_IDLE = "connection cut inside IDLE"
    CUT_IN_NEWS = "connection cut inside news of mail"
    CUT_IN_LITERAL = "connection cut inside a literal"
    THROTTLE = "connections turned away"
    GOODBYE_AT_DATA = "421 instead of the answer to DATA"
    GOODBYE_WHEN_DONE = "BYE instead of OK to what was done"
    DENIED = "NO instead of OK to what was done"
    FALSE_NEWS = "news of messages that do not exist"
    SWALLOWED = "final 250 swallowed"
    TEMPORAL = "Temporal killed and restarted"
    IMAP = "IMAP server killed and restarted"
    SMTP = "SMTP server killed and restarted"
    RENUMBER = "UIDVALIDITY changed"


KILLS = (
    Fault.KILL, Fault.KILL_AT_TAKEN, Fault.KILL_AT_FILED, Fault.KILL_AT_MOVED, Fault.KILL_AT_DELETED,
    Fault.KILL_IN_FILE,
)  # fmt: skip
LINES = (
    Fault.CUT_IN_IDLE, Fault.CUT_BEFORE_TAKEN, Fault.CUT_IN_LITERAL, Fault.CUT_IN_NEWS, Fault.CUT_IN_LETTER,
    Fault.CUT_AFTER_TAKEN, Fault.THROTTLE, Fault.GOODBYE_WHEN_DONE, Fault.DENIED, Fault.GOODBYE_AT_DATA,
    Fault.FALSE_NEWS, Fault.SWALLOWED,
)  # fmt: skip
RESTARTS = (Fault.TEMPORAL, Fault.IMAP, Fault.SMTP)


class Act(StrEnum):
    """A kind of thing that is asked for."""

    SEND = "send"
    ASK = "ask"  # send, and wait for the answer
    WAIT = "wait"  # for the answer to a letter that somebody else has sent
    MOVE = "move"
    SAVE = "save"
    DELETE = "delete"
    DOWNLOAD = "download"


@dataclass(frozen=True, order=True)
class Step:
    """Something to do at a time, in seconds from the start."""

    at: float
    what: Act | Fault
    number: int = 0  # which letter, or which of the two workers
    greylisted: bool = False  # one of its recipients is refused at first
    away: bool = False  # an out-of-office note comes before the answer
    thought: float = 0  # how long after it an answer is written
    clock: float = 0  # how wrong the clock is of whoever writes it, in seconds
    octet: float = 0  # where in what it strikes, from its first octet (0) to its last (1)

    def __str__(self) -> str:
        return f"{self.at:7.1f} s  {self.what} {self.number}"


@dataclass(frozen=True)
class Size:
    """How much of each."""

    sends: int
    waits: int
    kills: int
    restarts: int  # of each server
    lines: int  # faults of the lines to the servers
    others: int  # moves, and as many saves, deletions and downloads

    @classmethod
    def of(cls, sends: int, waits: int, kills: int) -> "Size":
        """The usual proportions."""
        # The last of LINES takes a minute, and is left out of a short campaign.
        lines = max(len(LINES) - 1, kills)
        return cls(sends, waits, kills, restarts=max(1, kills // 12), lines=lines, others=max(5, sends // 5))


@dataclass(frozen=True)
class Plan:
    """Every step of a campaign."""

    seed: int
    seconds: float
    acts: tuple[Step, ...]
    faults: tuple[Step, ...]

    @classmethod
    def drawn(cls, seed: int, size: Size) -> "Plan":
        """The plan of this seed; the same seed and size make the same plan."""
        dice = random.Random(seed)  # noqa: S311  it shall be predictable
        seconds = max(8.0, size.kills * SECONDS_A_KILL)
        return cls(
            seed, seconds, tuple(sorted(_acts(dice, size, seconds))), tuple(sorted(_faults(dice, size, seconds)))
        )

    def lines(self) -> Iterator[str]:
        """The plan for people."""
        asked = Counter(step.what for step in self.acts)
        yield f"seed {self.seed}, {self.seconds:.0f} s: " + ", ".join(f"{asked[act]} {act}s" for act in Act)
        yield from map(str, self.faults)


def _acts(dice: random.Random, size: Size, seconds: float) -> Iterator[Step]:
    # Half of the waits send their letter themselves.
    numbers = {Act.SEND: size.sends, Act.ASK: size.waits // 2, Act.WAIT: size.waits - size.waits // 2}
    numbers |= dict.fromkeys((Act.MOVE, Act.SAVE, Act.DELETE, Act.DOWNLOAD), size.others)
    for act, count in numbers.items():
        for number in range(count):
            yield Step(
                dice.uniform(0, seconds),
                act,
                number,
                greylisted=act is Act.SEND and dice.random() < GREYLISTED,
                away=dice.random() < AWAY,
                thought=dice.uniform(0, min(LONGEST_THOUGHT, seconds / 2)),
                clock=dice.uniform(-WRONG_CLOCK, WRONG_CLOCK),
            )


def _faults(dice: random.Random, size: Size, seconds: float) -> Iterator[Step]:
    # Evenly spread but for some jitter: a worker that is never up for long does nothing that can be interrupted.
    for index in range(size.kills):
        at = (index + dice.random()) * seconds / size.kills
        yield Step(at, _turn(KILLS, index, dice), number=dice.randrange(2))
    for fault in RESTARTS:
        for _ in range(size.restarts):
            yield Step(dice.uniform(0.1, 0.9) * seconds, fault)
    for index in range(size.lines):
        at, worker = dice.uniform(0, 0.9) * seconds, dice.randrange(2)
        yield Step(at, LINES[index % len(LINES)], worker, octet=dice.random())
    for index in range(size.restarts):
        yield Step(dice.uniform(0.1, 0.9) * seconds, Fault.RENUMBER, number=index % 3)


def _turn(kinds: Sequence[Fault], index: int, dice: random.Random) -> Fault:
    """Every kind at least once where there are enough of them, then any."""
    return kinds[index] if index < len(kinds) else dice.choice(kinds)
