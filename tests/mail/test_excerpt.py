"""Texts cut by what they take as JSON, and budgets shared out."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mail.excerpt import Texts, excerpt, fair_share, json_octets, plain


@given(st.text(alphabet=st.one_of(st.sampled_from('"\\\n\t'), st.characters()), max_size=40), st.integers(0, 40))
@example('"', 1)
@example("\\\\", 3)
def test_an_excerpt_is_the_longest_beginning_that_fits(text: str, limit: int) -> None:
    """To the octet, whatever JSON has to escape."""
    whole = plain(text)
    cut = excerpt(whole, limit)
    assert whole.startswith(cut)
    assert json_octets(cut) <= limit
    assert cut == whole or json_octets(whole[: len(cut) + 1]) > limit


@given(st.text())
def test_a_plain_text_is_measured_as_it_travels(text: str) -> None:
    """In UTF-8, between quotation marks."""
    assert json_octets(plain(text)) == len(json.dumps(plain(text), ensure_ascii=False).encode()) - 2


def test_control_characters_do_not_travel() -> None:
    """JSON would make six characters of each; line ends stay, as line feeds."""
    assert plain("a\r\nb\rc\nd\te\0\x1b[1m\x85\x9f\ud800") == "a\nb\nc\nd\te[1m"


def test_texts_remember_that_they_were_cut() -> None:
    """One is enough; one that fits changes nothing."""
    texts = Texts(4)
    assert [texts.cut('""'), texts.truncated] == ['""', False]
    assert [texts.cut('"""'), texts.cut("a"), texts.truncated] == ['""', "a", True]


@pytest.mark.parametrize(
    ("wanted", "budget", "share"),
    [((), 10, 10), ((1, 2, 3), 10, 10), ((1, 20, 30), 11, 5), ((9, 9, 9), 10, 3), ((5,), 0, 0), ((0, 5), 0, 0)],
)
def test_what_the_small_leave_the_large_get(wanted: tuple[int, ...], budget: int, share: int) -> None:
    """Nobody gets less for another's size."""
    assert fair_share(wanted, budget) == share


@given(st.lists(st.integers(0, 10_000), max_size=50), st.integers(0, 100_000))
def test_shares_keep_to_the_budget(wanted: list[int], budget: int) -> None:
    """All together, and nothing is held back that somebody wants."""
    share = fair_share(wanted, budget)
    given_out = sum(min(size, share) for size in wanted)
    assert given_out <= budget
    assert given_out == sum(wanted) or given_out > budget - len(wanted)
