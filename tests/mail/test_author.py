"""Who has answered: by address, and by the token of the letter that somebody has."""

import pytest

from mail.author import Author, author_of, has_foreign_token
from mail.headers import Headers

ALICE, BOB, EVE = "alice@example.org", "bob@example.org", "eve@example.org"
# Tokens have sixteen characters.
TO_ALICE, TO_BOB, TO_ALL, FOREIGN = (letter * 16 for letter in "abcd")
TOKENS = {f"token:{TO_ALICE}": ALICE, f"token:{TO_BOB}": BOB, f"token:{TO_ALL}": ""}


def headers(sender: str, token: str = "") -> Headers:
    to = f"soc+r.{token}@example.org" if token else "soc@example.org"
    return Headers.read(f"From: {sender}\r\nTo: {to}".encode())


def answered(sender: str, token: str = "", *awaited: str, accept: bool = True) -> Author:
    return author_of(headers(sender, token), awaited or (ALICE, BOB), TOKENS, accept_on_behalf=accept)


@pytest.mark.parametrize("token", ["", TO_ALICE, TO_ALL, FOREIGN])
def test_the_awaited_address_answers_for_itself(token: str) -> None:
    """Whatever its case, and whether or not the token proves it."""
    assert answered(ALICE.upper(), token) == Author(ALICE)


def test_who_has_the_letter_answers_on_behalf() -> None:
    """The token says for whom; in capitals, too."""
    assert answered(EVE, TO_BOB.upper()) == Author(BOB, on_behalf=True)


def test_the_token_is_stronger_than_the_sender() -> None:
    """Bob has answered the letter that only Alice got."""
    assert answered(BOB, TO_ALICE) == Author(ALICE, on_behalf=True)


def test_a_letter_to_several_proves_nobody() -> None:
    """Unless only one is awaited."""
    assert answered(EVE, TO_ALL) == Author()
    assert answered(EVE, TO_ALL, ALICE) == Author(ALICE, on_behalf=True)


@pytest.mark.parametrize("token", ["", FOREIGN])
def test_without_our_token_a_stranger_is_a_stranger(token: str) -> None:
    """A token of another letter is as good as none."""
    assert answered(EVE, token) == Author()


@pytest.mark.parametrize(("sender", "token"), [(EVE, TO_BOB), (BOB, TO_ALICE), (EVE, TO_ALL)])
def test_answers_on_behalf_can_be_excluded(sender: str, token: str) -> None:
    """Then only the address that was written to counts."""
    assert answered(sender, token, accept=False) == Author()
    assert answered(BOB, TO_BOB, accept=False) == Author(BOB)


@pytest.mark.parametrize(("token", "foreign"), [("", False), (TO_ALICE, False), (FOREIGN, True)])
def test_a_foreign_token_is_noticed(token: str, foreign: bool) -> None:
    """Where our letters carry none, nobody's is foreign."""
    assert has_foreign_token(headers(ALICE, token), TOKENS) is foreign
    assert not has_foreign_token(headers(ALICE, token), {})
