"""A watch's register as it travels from run to run."""

from datetime import UTC, datetime

from models.watch import Cursor, Registration, WatchState


def test_a_register_is_the_same_after_its_journey() -> None:
    """To the second, in its order; where a folder stood belongs to the watch alone."""
    registrations = tuple(
        Registration(
            wait_id=f"wait-{number}",
            keys=(f"key-{number}", "token:abc"),
            since=datetime(2026, 3, 1, tzinfo=UTC),
            until=datetime(2026, 4, 1, tzinfo=UTC),
        )
        for number in range(3)
    )
    state = WatchState(
        account="soc", folder="INBOX", register_of=registrations, cursor=Cursor(uid_validity=1, uid_next=9)
    )
    assert WatchState.model_validate_json(state.model_dump_json()) == state


def test_a_watch_begins_with_nobody() -> None:
    """Registrations come as signals."""
    assert WatchState.begin("soc", "INBOX").register_of == ()
