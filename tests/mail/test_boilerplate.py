"""What programs and gateways write into answers is left out; what people write stays."""

from collections.abc import Mapping

import pytest

from mail.boilerplate import without_boilerplate
from mail.boilerplate_phrases import BANNER_ENDS, BANNERS, CONFIDENTIAL, DEVICES, DISCLAIMERS, FOOTERS, PAPER, TAGS
from mail.quote_phrases import FORWARDS, RECIPIENT_LABELS, SENDER_LABELS, TITLES, WROTE

TABLES = (
    *(BANNERS, BANNER_ENDS, CONFIDENTIAL, DISCLAIMERS, FOOTERS, PAPER, TAGS),
    *(FORWARDS, RECIPIENT_LABELS, SENDER_LABELS, TITLES, WROTE),
)
LAWYER = "This e-mail is confidential and intended only for the addressee. If it reached you by mistake, delete it."


@pytest.mark.parametrize("table", TABLES)
def test_every_phrase_names_its_language(table: Mapping[str, str]) -> None:
    """And is written as it is compared: in small letters, but for the footers."""
    assert all(source[:2].isalpha() and source[:2].islower() for source in table.values())
    assert table is FOOTERS or all(phrase == phrase.casefold() for phrase in table)


@pytest.mark.parametrize("footer", FOOTERS)
def test_footers_are_left_out(footer: str) -> None:
    """Of every device, with or without a model, a link, a full stop."""
    lines = [footer.format(device) for device in DEVICES]
    lines += [footer.format("iPhone 15 Pro") + ".", footer.format("Outlook for iOS") + "<https://example.org/o>"]
    assert not [line for line in lines if without_boilerplate(["Yes", "", line]) != ["Yes"]]


@pytest.mark.parametrize("banner", BANNERS)
def test_banners_are_left_out(banner: str) -> None:
    """At the top, whatever stands around the words; further down a person may have written them."""
    line = f"NOTE: This {banner} the organization."
    assert without_boilerplate([line, "", "Yes"])[-1:] == ["Yes"]
    assert line not in without_boilerplate([line, "Yes"])
    assert without_boilerplate(["Yes", line]) == ["Yes", line]


@pytest.mark.parametrize("tag", ["[EXTERNAL]", "[External Sender]", "*** EXTERN ***", "[EXT: EKSTERN]"])
def test_tags_are_left_out(tag: str) -> None:
    """And nothing else of their paragraph."""
    assert (
        without_boilerplate([tag, "do not click on anything, understood"])[-1] == "do not click on anything, understood"
    )
    assert tag not in without_boilerplate([tag, "Yes"])


@pytest.mark.parametrize(
    "lines",
    [
        ["Yes", "", LAWYER],
        ["Yes", LAWYER],
        ["Yes", "", LAWYER[:60], LAWYER[60:]],
        ["Yes", "-- ", "Alice", "", LAWYER],
        ["Yes", "", LAWYER, "", "Please consider the environment before printing this.", ""],
        ["Yes", "", "Sent from my iPhone", "", LAWYER],
    ],
)
def test_what_stands_at_the_end_is_left_out(lines: list[str]) -> None:
    """Signatures below their mark, lawyers' paragraphs, footers, in any order."""
    assert without_boilerplate(lines) == ["Yes"]


@pytest.mark.parametrize(
    "lines",
    [
        ["I read: " + LAWYER],
        [LAWYER, "", "Yes"],
        ["This message is confidential."],
        ["The mail was sent from my iPhone"],
        ["Sent from my iPhone", "or from my iPad, I forgot."],
        ["The sender is external", "[see the external wiki] for details"],
        ["Yes - no", "-- what else"],
    ],
)
def test_what_a_person_writes_stays(lines: list[str]) -> None:
    """However much it speaks of the same things."""
    assert without_boilerplate(lines) == lines
