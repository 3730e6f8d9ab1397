"""A token's words, and whatever servers say against them."""

import json
from base64 import b64decode, b64encode

import pytest

from mail.bearer import bearer, reason_of


def test_a_name_cannot_leave_its_field() -> None:
    """RFC 5801 §4 separates by commas; nothing of a user name ends up beside it."""
    presented = bearer("a,b=c@example.org", "t0ken", "mail.example.org", 993, {"OAUTHBEARER"})
    assert presented
    assert b64decode(presented.response).startswith(
        b"n,a=a=2Cb=3Dc@example.org,\1host=mail.example.org\1port=993\1auth="
    )
    assert presented.response not in repr(presented)


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "not base64!",
        b64encode(b"\xff\xfe").decode(),
        b64encode(b"no JSON").decode(),
        b64encode(b'["a list"]').decode(),
        b64encode(b'{"status": ' + b"9" * 5_000 + b"}").decode(),
        b64encode(b"[" * 100_000).decode(),
    ],
)
def test_a_challenge_without_a_reason_gives_none(challenge: str) -> None:
    """Servers may say what they like."""
    assert reason_of(challenge) == ""


def test_a_reason_is_one_short_line() -> None:
    """It goes into a sentence, and into logs."""
    told = {"status": "invalid_token", "code": 7, "more": "two\r\nlines " + "x" * 10_000}
    reason = reason_of(b64encode(json.dumps(told).encode()).decode())
    assert reason.startswith("status: invalid_token, more: two lines x")
    assert len(reason) <= 500
