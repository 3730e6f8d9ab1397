"""The exclude pattern: RE2, refused when it is read."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.hostile import PATTERN_TEXT, PATTERNS, hostile_texts
from models.pattern import matches
from models.wait import WaitForEmailFromUserRequest
from tests.models.conftest import Refusal

Wait = Callable[..., WaitForEmailFromUserRequest]


@pytest.mark.parametrize(
    ("pattern", "position"),
    [("(?=x)", 0), ("abc(def", 0), ("(a)\\1", 3), ("ab{2000}", 2), ("\ud800*(", 0), ("x[z-a]", 2)],
)
def test_a_pattern_that_cannot_be_used_is_refused(
    wait_request: Wait, refusal: Refusal, pattern: str, position: int
) -> None:
    """With its place and the reason; look-around and back-references are none of RE2's."""
    error = refusal(wait_request, wait_stage_exclude_pattern=pattern)
    assert error.type == "InvalidPattern"
    assert f"wait_stage_exclude_pattern: position {position}: " in error.message


def test_a_bad_pattern_among_other_faults_is_a_bad_request(wait_request: Wait, refusal: Refusal) -> None:
    """Every wrong field is named."""
    error = refusal(wait_request, wait_stage_exclude_pattern="(", case_id="")
    assert error.type == "InvalidRequest"
    assert "wait_stage_exclude_pattern: " in error.message
    assert "case_id: " in error.message


def test_a_pattern_is_searched_for_anywhere_in_any_case() -> None:
    """And the dot matches line breaks, too."""
    assert matches("OUT.of office", "Hello,\nI am out\nof office.")
    assert not matches("^office", "out of office")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_text_makes_a_pattern_hang(wait_request: Wait, pattern: str) -> None:
    """Python's own expressions take hours for these; how long ours take, `python -m benchmarks.hostile` tells."""
    assert wait_request(wait_stage_exclude_pattern=pattern).wait_stage_exclude_pattern == pattern
    for text in hostile_texts(PATTERN_TEXT):
        matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "position"),
    [
        (r"^(a+)\1+$", 5),
        (r"(.*)\k<1>", 4),
        ("^(?=(a+))a*b$", 1),
        ("^(?!.*b)(a+)+$", 1),
        ("a(?<=b+)", 1),
        ("x(?>a+)+b", 1),
        ("(a++)+b", 2),
        ("(a{1,1000}){1,1000}", 2),
        ("aa{1001}", 2),
    ],
)
def test_what_only_other_engines_can_do_is_refused(
    wait_request: Wait, refusal: Refusal, pattern: str, position: int
) -> None:
    """Whatever takes more than one pass over the text, or states without number."""
    error = refusal(wait_request, wait_stage_exclude_pattern=pattern)
    assert f"wait_stage_exclude_pattern: position {position}: " in error.message


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    """Lone surrogates, which mail holds, included."""
    assert matches(".*", text)
