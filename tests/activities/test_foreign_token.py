"""Tokens that no open wait has sent are counted, and tell nobody what they were."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from temporalio.testing import ActivityEnvironment

from activities.watch import Messenger
from mail.account import Account
from mail.dns import TxtRecords
from mail.metrics import FOREIGN_TOKENS, Meter, Metric
from mail.open_account import OpenAccount
from mail.policy import Policy
from mail.template import Templates
from models.wait import MessagePointer
from models.watch import Arrival, Concern, Registration

KNOWN, FOREIGN = "token:aaaaaaaaaaaaaaaa", "token:bbbbbbbbbbbbbbbb"


@dataclass
class Figures:
    """What was recorded."""

    recorded: list[str] = field(default_factory=list[str])

    def record(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        assert (value, labels) == (1, {"account": "soc"})
        self.recorded.append(metric.name)


class OneWait:
    """A watch with one wait, which knows one token."""

    async def register(self, account: str, folder: str, registration: Registration) -> None:
        raise NotImplementedError

    async def renew(self, account: str, folder: str, registration: Registration) -> None:
        raise NotImplementedError

    async def concerned(self, watch_id: str, arrivals: Sequence[Arrival]) -> tuple[Concern, ...]:
        assert watch_id == "watch"
        return tuple(Concern(wait_id="wait", pointer=one.pointer) for one in arrivals if KNOWN in one.keys)

    async def point(self, concern: Concern) -> bool:
        return concern.wait_id == "wait"

    async def release(self, watch_id: str, wait_id: str) -> None:
        raise NotImplementedError


def arrival(uid: int, *keys: str) -> Arrival:
    return Arrival(pointer=MessagePointer(folder="INBOX", uid_validity=1, uid=uid), keys=keys)


async def test_a_foreign_token_is_counted_once(caplog: pytest.LogCaptureFixture) -> None:
    """However often a sweep finds it; the log says where the message lies."""
    figures = Figures()
    account = OpenAccount(
        "soc",
        Account(address="soc@example.org"),
        policy=Policy(),
        templates=Templates({}),
        dns=TxtRecords(),
        meter=Meter(figures, account="soc"),
    )
    messenger = Messenger(OneWait(), "watch", account)
    mail = [arrival(1, KNOWN), arrival(2, FOREIGN), arrival(3, "aletterkey"), arrival(4, KNOWN, FOREIGN)]
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            await ActivityEnvironment().run(messenger.tell, mail)
    assert figures.recorded == [FOREIGN_TOKENS.name]
    assert "message 2 in INBOX" in caplog.text
    assert FOREIGN.removeprefix("token:") not in caplog.text
