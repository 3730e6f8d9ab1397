"""Arguments as SOARs write them: lists, numbers and booleans as strings, nothing as ""."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.send import SendEmailRequest
from models.wait import WaitForEmailFromUserRequest
from tests.models.conftest import Refusal

Send = Callable[..., SendEmailRequest]
Wait = Callable[..., WaitForEmailFromUserRequest]
TEN_O_CLOCK = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        'INBOX, "[Gmail]/All Mail", "Reports, 2026"',
        '["INBOX", "[Gmail]/All Mail", "Reports, 2026"]',
        ["INBOX", "[Gmail]/All Mail", "Reports, 2026"],
    ],
)
def test_folders_are_an_array_or_one_string(wait_request: Wait, given: object) -> None:
    """Commas inside double quotes belong to the name."""
    folders = wait_request(folder_to_check_for_reply=given).folder_to_check_for_reply
    assert folders == ("INBOX", "[Gmail]/All Mail", "Reports, 2026")


def test_a_folder_in_brackets_is_no_array(wait_request: Wait) -> None:
    """Gmail calls its folders so."""
    folders = wait_request(folder_to_check_for_reply="[Gmail]/All Mail").folder_to_check_for_reply
    assert folders == ("[Gmail]/All Mail",)


def test_a_folder_is_looked_into_once(wait_request: Wait) -> None:
    """However often it is named; INBOX alone may be written in any case (RFC 3501 §5.1)."""
    folders = wait_request(folder_to_check_for_reply="inbox, Archive, INBOX, archive, Archive")
    assert folders.folder_to_check_for_reply == ("INBOX", "Archive", "archive")


def test_file_names_keep_commas_and_quotes(send_request: Send) -> None:
    """A quote inside double quotes is written with a backslash."""
    paths = send_request(attachments_paths=r'"/out/a, b.pdf", /out/c.pdf, "/out/\"d\".pdf"').attachments_paths
    assert paths == ("/out/a, b.pdf", "/out/c.pdf", '/out/"d".pdf')


@pytest.mark.parametrize("given", ["one, two", ["one", "two"], '["one", "two"]'])
def test_a_list_of_texts_is_an_array_or_one_string(send_request: Send, given: object) -> None:
    """Alert groups come either way."""
    assert send_request(alert_group_identifiers=given).alert_group_identifiers == ("one", "two")


@pytest.mark.parametrize("given", [None, "", [], "[]"])
def test_nothing_is_an_empty_list_even_where_a_list_is_required(send_request: Send, given: object) -> None:
    """Temporal's HTTP API turns [] into null."""
    assert send_request(alert_group_identifiers=given).alert_group_identifiers == ()


@pytest.mark.parametrize("given", [None, "", "  ", []])
def test_nothing_is_not_given_where_an_argument_is_optional(wait_request: Wait, given: object) -> None:
    """The default holds."""
    read = wait_request(
        folder_to_check_for_reply=given,
        wait_for_all_recipients_to_reply=given,
        wait_stage_exclude_pattern=given,
        reminders=given,
        reply_authentication=given,
        ignore_auto_replies=given,
        scope=given,
        account=given,
        target_entities=given,
    )
    assert read == wait_request()


@pytest.mark.parametrize("name", ["case_id", "email_message_id", "wait_stage_timeout_minutes", "email_recipients"])
@pytest.mark.parametrize("given", [None, ""])
def test_nothing_is_refused_where_an_argument_is_required(
    wait_request: Wait, refusal: Refusal, name: str, given: object
) -> None:
    """And the field is named."""
    error = refusal(wait_request, **{name: given})
    assert error.type == "InvalidRequest"
    assert f"{name}: " in error.message


@pytest.mark.parametrize("given", [True, "True", "true", "1", 1])
def test_booleans_may_be_strings(wait_request: Wait, given: object) -> None:
    """Python's spelling, JSON's and a number."""
    assert wait_request(wait_for_all_recipients_to_reply=given).wait_for_all_recipients_to_reply is True


@pytest.mark.parametrize("given", ["False", "false", 0])
def test_false_may_be_a_string(wait_request: Wait, given: object) -> None:
    """The text "False" is not true."""
    assert wait_request(ignore_auto_replies=given).ignore_auto_replies is False


@pytest.mark.parametrize("given", [60, "60", " 60 ", 60.0, "60.0"])
def test_numbers_may_be_strings(wait_request: Wait, given: object) -> None:
    """Temporal's HTTP API turns 60.0 into 60, too."""
    assert wait_request(wait_stage_timeout_minutes=given).wait_stage_timeout_minutes == 60


@pytest.mark.parametrize("given", [0, -1, "soon", 1.5, 10**9, True, [60]])
def test_what_is_no_number_of_minutes_is_refused(wait_request: Wait, refusal: Refusal, given: object) -> None:
    """Nothing, less than nothing, more than ten years, and a boolean."""
    assert "wait_stage_timeout_minutes: " in refusal(wait_request, wait_stage_timeout_minutes=given).message


@pytest.mark.parametrize("name", ["case_id", "subject"])
def test_a_number_does_for_a_text(send_request: Send, name: str) -> None:
    """Case ids are numbers in some SOARs and strings in others."""
    assert getattr(send_request(**{name: 4711}), name) == "4711"


@pytest.mark.parametrize(
    "given",
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01T12:00:00+02:00",
        "2026-03-01 10:00:00",
        "Sun, 01 Mar 2026 11:00:00 +0100",
        "1 Mar 2026 10:00:00 -0000",
        "Sun, 01 Mar 2026 10:00:00",
        1772359200,
        "1772359200",
        1772359200000,
    ],
)
def test_dates_come_in_every_spelling_and_leave_in_utc(wait_request: Wait, given: object) -> None:
    """RFC 3339, RFC 5322, Unix time in seconds or milliseconds; without a zone it is UTC."""
    read = wait_request(email_date=given).email_date
    assert (read, read.tzinfo) == (TEN_O_CLOCK, UTC)


@pytest.mark.parametrize(
    "given",
    [
        "yesterday",
        "",
        None,
        True,
        "12/31/2026",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+12:00",
        "Sun, 01 Mar 99999999999 10:00:00 +0000",
        float("inf"),
        "2200-01-01T00:00:00Z",
    ],
)
def test_what_is_no_date_is_refused(wait_request: Wait, refusal: Refusal, given: object) -> None:
    """Also dates from which no wait could be counted within the calendar."""
    assert "email_date: " in refusal(wait_request, email_date=given).message


def test_the_deadline_is_counted_from_the_letter(wait_request: Wait) -> None:
    """Not from the moment at which the wait begins."""
    assert wait_request(wait_stage_timeout_minutes="90").deadline == datetime(2026, 3, 1, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["email_message_id", "folder_to_check_for_reply"])
def test_a_line_break_is_refused_where_it_would_end_a_command(wait_request: Wait, refusal: Refusal, name: str) -> None:
    """What stands after it would be a command or a header of its own."""
    assert name in refusal(wait_request, **{name: "<a@b>\r\nA1 LOGOUT"}).message


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: eve@example.org", "a\nb", "a\x00b", "a\u2028b"])
def test_a_subject_is_one_line(send_request: Send, refusal: Refusal, subject: str) -> None:
    """A line break would begin a header of its own."""
    assert "subject: it holds a line break" in refusal(send_request, subject=subject).message
