"""What servers say when they have had enough; their own words, as far as they are public."""

import pytest

from mail.imap.wire import Reply as ImapReply
from mail.push_back import pause_asked, pause_stated
from mail.smtp.reply import Reply

TELLS = [
    (421, "4.7.0 mx.example Error: too many connections from 192.0.2.1", 0.0),
    (450, "4.7.1 Error: too much mail from 192.0.2.1", 0.0),
    (451, "4.7.500 Server busy. Please try again later from [192.0.2.1].", 0.0),
    (421, "4.4.2 Message submission rate for this client has exceeded the configured limit", 0.0),
    (432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", 0.0),
    (454, "Throttling failure: Maximum sending rate exceeded.", 0.0),
    (421, "Too many concurrent SMTP connections; please try again in 5 minutes", 300.0),
    (451, "rate limit: please wait 90 seconds", 90.0),
    (432, "4.3.2 concurrent connection limit exceeded", 0.0),
    (454, "4.7.0 Too many login attempts, please try again later.", 0.0),
    (421, "4.7.28 Gmail has detected an unusual rate of mail originating from your IP address.", 0.0),
    (421, "4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume", 0.0),
]
# A mailbox that is full, a letter for too many, greylisting, another's rate, an idle line, a good answer, a final one.
SAYS_NOTHING = [
    (452, "4.2.2 The mailbox is over its limit, rate of growth too high"),
    (452, "4.5.3 Too many recipients"),
    (452, "Too many recipients received this hour"),
    (451, "4.7.1 Greylisted, please try again in 300 seconds"),
    (450, "4.2.1 The user you are trying to contact is receiving mail at a rate that"),
    (421, "mx.example closing idle connection"),
    (250, "4.7.0 too many letters, but never mind"),
    (550, "5.7.1 too many connections"),
]


@pytest.mark.parametrize(("code", "text", "seconds"), TELLS)
def test_a_server_that_has_had_enough_is_understood(code: int, text: str, seconds: float) -> None:
    """With the time that it names, where it names one."""
    assert Reply(code, text).pause == seconds
    assert Reply(code, text).pause_for_policy == seconds


@pytest.mark.parametrize(("code", "text"), SAYS_NOTHING)
def test_other_refusals_slow_nobody_down(code: int, text: str) -> None:
    """One recipient's trouble is not the account's."""
    assert Reply(code, text).pause is None
    assert Reply(code, text).pause_for_policy is None


def test_a_policy_for_now_counts_where_only_we_can_be_meant() -> None:
    """Gmail's "421 4.7.0 Try again later" at the door; after RCPT the same code is greylisting."""
    reply = Reply(421, "4.7.0 Try again later, closing connection.")
    assert (reply.pause, reply.pause_for_policy) == (None, 0.0)


@pytest.mark.parametrize(
    ("result", "text", "pause", "at_login"),
    [
        ("NO", "[THROTTLED] Request is throttled. Suggested Backoff Time: 31206 milliseconds", 31.206, 31.206),
        ("NO", "[LIMIT] UID SEARCH Rate limit hit.", 0.0, 0.0),
        ("NO", "[UNAVAILABLE] Temporary authentication failure", 0.0, 0.0),
        ("NO", "[ALERT] Too many simultaneous connections. (Failure)", None, 0.0),
        ("NO", "[NONEXISTENT] no such folder", None, None),
        ("OK", "[THROTTLED] well, all right", None, None),
        # Exchange Online as it is seen in the wild, without a code.
        ("BAD", "Request is throttled. Suggested Backoff Time: 201317 milliseconds", 201.317, 201.317),
        ("BAD", "Error in IMAP command: Too many arguments", None, 0.0),
    ],
)
def test_imap_says_it_by_codes(result: str, text: str, pause: float | None, at_login: float | None) -> None:
    """And at the door in words as well."""
    reply = ImapReply(result, text)
    assert (reply.pause, reply.pause_at_login) == (pause, at_login)


def test_only_a_plainly_stated_time_counts() -> None:
    """Neither addresses nor codes are times, and nothing is longer than an hour."""
    assert pause_stated("try again in 2 hours") == 3600
    assert pause_stated("retry in 5m") == 300
    assert pause_stated("try again later from [10.0.0.1]") is None
    assert pause_stated("wait for case 15 to be closed") is None
    assert pause_asked("Maximum number of connections from user+IP exceeded") == 0.0
    assert pause_asked("we closed it") is None
