"""The signed addresses of an account: where they stand, how they look, and how keys are changed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from mail.account import Account
from mail.reply_tokens import ReplyTokens

LETTER = "<letter-1@example.org>"
KEY = {"reply_token_key": "new"}


def tokens(**settings: object) -> ReplyTokens:
    return ReplyTokens(Account.model_validate({"address": "soc@example.org"} | settings))


def test_without_a_key_there_are_no_tokens() -> None:
    """Letters are answered to where they come from."""
    plain = tokens()
    assert (plain.reply_to(LETTER), plain.envelope_sender(LETTER)) == ("", "soc@example.org")
    assert plain.keys([LETTER]) == ()


@pytest.mark.parametrize(
    ("mode", "in_reply_to", "in_envelope"),
    [("", True, True), ("verp", True, True), ("reply-to", True, False), ("off", False, False)],
)
def test_the_mode_says_where_a_token_stands(mode: str, in_reply_to: bool, in_envelope: bool) -> None:
    """A key alone means both places."""
    account = tokens(reply_tokens=mode, **KEY)
    assert account.reply_to(LETTER).startswith("soc+r.") is in_reply_to
    assert account.envelope_sender(LETTER).startswith("soc+r.") is in_envelope


@pytest.mark.parametrize("mode", ["reply-to", "verp"])
def test_a_mode_without_its_key_is_refused(mode: str) -> None:
    """The error names what is missing."""
    with pytest.raises(ValidationError, match="needs reply_token_key or reply_token_key_file"):
        tokens(reply_tokens=mode)


@pytest.mark.parametrize(
    ("settings", "before", "after"),
    [
        ({"reply_token_separator": "-"}, "soc-r.", "@example.org"),
        ({"reply_token_domain": "Replies.Example.ORG"}, "r.", "@replies.example.org"),
        ({"reply_token_domain": "antworten.bücher.example"}, "r.", "@antworten.xn--bcher-kva.example"),
    ],
)
def test_servers_differ_in_what_they_deliver(settings: dict[str, str], before: str, after: str) -> None:
    """Another separator than "+", or a domain of which every address is ours."""
    account = tokens(**KEY, **settings)
    address = account.reply_to(LETTER)
    assert (address[: len(before)], address[-len(after) :]) == (before, after)
    assert account.untagged(address.upper()).lower() == "soc@example.org"


@pytest.mark.parametrize("setting", [{"reply_token_separator": "x"}, {"reply_token_domain": "not a domain"}])
def test_a_setting_that_makes_no_address_is_refused(setting: dict[str, str]) -> None:
    """Rather at the start than with the first letter."""
    with pytest.raises(ValidationError):
        tokens(**KEY, **setting)


def test_an_earlier_key_still_proves(tmp_path: Path) -> None:
    """Letters that it signed are answered after weeks; new ones are signed with the new one."""
    (tmp_path / "old").write_text("old\n")
    before, after = tokens(reply_token_key="old"), tokens(**KEY, reply_token_keys_files=[str(tmp_path / "old")])
    assert set(before.keys([LETTER])) < set(after.keys([LETTER]))
    assert after.envelope_sender(LETTER) == tokens(**KEY).envelope_sender(LETTER)
    assert before.reply_to(LETTER) in after.addresses([LETTER])


def test_a_key_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """And no key is in the error."""
    with pytest.raises(ValidationError, match=r"reply_token_keys_files .*gone") as raised:
        tokens(**KEY, reply_token_keys_files=str(tmp_path / "gone"))
    assert "new" not in str(raised.value)


@pytest.mark.parametrize(
    ("message_id", "mode", "proven"),
    [
        (f"<{'0a' * 16}@example.org>", "verp", True),
        (f"<{'0a' * 16}@EXAMPLE.org>", "verp", True),
        (f"<{'0a' * 16}@example.org>", "reply-to", False),
        (f"<{'0a' * 16}@example.com>", "verp", False),
        ("<sent.by.a.person@example.org>", "verp", False),
    ],
)
def test_reports_about_our_own_letters_have_the_token(message_id: str, mode: str, proven: bool) -> None:
    """A wait for a letter that another program sent must believe those that name its id."""
    assert tokens(reply_tokens=mode, **KEY).proves_reports(message_id) is proven
