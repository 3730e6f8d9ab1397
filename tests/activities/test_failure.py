"""What Temporal is told of a failure."""

from datetime import timedelta

from activities.failure import failure_of
from mail.errors import AuthenticationFailed, ServerUnavailable


def test_a_server_that_says_when_is_asked_again_then() -> None:
    """Its own time replaces the back-off of the call."""
    failure = failure_of(ServerUnavailable("too many", retry_after=90))
    assert (failure.next_retry_delay, failure.non_retryable) == (timedelta(seconds=90), False)


def test_a_server_that_does_not_say_is_asked_with_back_off() -> None:
    """Which Temporal does by itself."""
    assert failure_of(ServerUnavailable("gone")).next_retry_delay is None
    assert failure_of(ServerUnavailable("later", retry_after=0)).next_retry_delay is None


def test_a_refused_log_in_is_final() -> None:
    """It is not tried again, and says what the server said."""
    failure = failure_of(AuthenticationFailed("imap refuses the log-in: wrong password"))
    assert (failure.type, failure.non_retryable, failure.next_retry_delay) == ("AuthenticationFailed", True, None)
    assert "wrong password" in failure.message
