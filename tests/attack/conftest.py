"""The desk of the live tests, for those who attack it."""

from tests.live.conftest import alice, bob, desk, open_desk, temporal, temporal_address
from tests.mail.imap.conftest import converse, enter, play
from tests.mail.smtp.conftest import opened, scripted

__all__ = [
    "alice",
    "bob",
    "converse",
    "desk",
    "enter",
    "open_desk",
    "opened",
    "play",
    "scripted",
    "temporal",
    "temporal_address",
]
