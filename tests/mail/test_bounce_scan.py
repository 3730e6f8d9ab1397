"""The patterns of others are run over strangers' letters: they may stumble, and nobody hears of it."""

import pytest

from mail.bounce_scan import scan


def test_a_letter_writes_nothing_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Else whoever sends many of them would fill it with stacks."""
    assert scan(b"From:\r\nSubject: Undeliverable\r\n\r\nNo.\r\n") == ((), ())
    assert [one for one in caplog.records if one.exc_info] == []
